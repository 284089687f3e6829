"""Turning automatic top-up off: by the customer, by staff, and by whatever makes the next charge unwelcome."""

from __future__ import annotations

from django.utils import timezone

from tokens.ledger import top_up
from tokens.ledger.wallet import lock_wallet
from tokens.models import AutoTopUp, Purchase, TopUp
from tokens.purchases.reversals import Contest, when_contested
from tokens.top_up import emails
from tokens.transactions import money_transaction

Off = AutoTopUp.Off
# The customer sees it happen, or is told of it by what they did.
TOLD_BY_THEMSELVES = (Off.CUSTOMER, Off.LINK, Off.CLOSING)
OF_CONTEST = {Contest.REFUND: Off.REFUND, Contest.DISPUTE: Off.DISPUTE, Contest.FRAUD_WARNING: Off.FRAUD_WARNING}


@money_transaction
def turn_off(user_id: int, why: AutoTopUp.Off) -> bool:
    """Turn it off, and stop the top-up that is under way; whether it was on. The customer is told why."""
    wallet = lock_wallet(user_id)
    now = timezone.now()
    is_changed = AutoTopUp.objects.filter(user=user_id, is_on=True).update(
        is_on=False, off_reason=why, off_at=now, look_again_at=None
    )
    if not is_changed:
        return False
    top_up.switch_off(wallet)
    stop_open(user_id)
    if why not in TOLD_BY_THEMSELVES:
        emails.turned_off(AutoTopUp.objects.get(pk=user_id))
    return True


def stop_open(user_id: int) -> bool:
    """Have the top-up under way stopped at Stripe; whether there was one. One that was paid by then is credited."""
    waiting = (TopUp.Status.WAITING, TopUp.Status.NEEDS_CONFIRMATION)
    mine = TopUp.objects.filter(user=user_id, status__in=waiting)
    return bool(mine.update(status=TopUp.Status.STOPPING, next_try_at=timezone.now()))


@when_contested
def stop_charging(purchase: Purchase, contest: Contest) -> None:
    """Money of this purchase goes back, or may: no more is taken by itself.

    A dispute or a warning about any purchase counts, a refund only of one that was made by itself.
    """
    if contest == Contest.REFUND and not TopUp.objects.filter(purchase=purchase).exists():
        return
    turn_off(purchase.user_id, OF_CONTEST[contest])
