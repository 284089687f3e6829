"""Taking a spend back, for work that failed after it was charged: by its customer within a day, by staff always."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from django.contrib.auth.models import AbstractBaseUser
from django.db.models import Sum
from django.utils import timezone

from accounts.hooks import Hook
from tokens.errors import NotReversible, ReversalExceedsSpend, UnknownUsage
from tokens.ledger import taking_back
from tokens.ledger.due import open_wallet
from tokens.ledger.wallet import moment_of
from tokens.models import SpendReversal, TokenUsage
from tokens.transactions import money_transaction

WITHIN = timedelta(hours=24)
LONGEST_REASON = 200


# Whether a usage paid for work of the shop's own that was done, and that its customer keeps.
stays: Hook[Callable[[TokenUsage], bool]] = Hook()


@money_transaction
def take_back(
    user_id: int, usage_id: int, *, reason: str, quantity: int | None = None, api_key: int | None = None
) -> SpendReversal:
    """Take back `quantity` of a spend that an API key made, or what is left of it, within 24 hours.

    Once it is all taken back, asking for all of it, or for as many as the last time, changes nothing. `api_key` is the
    id of the key that asks. Raises UnknownUsage, NotReversible, ReversalExceedsSpend.
    """
    wallet = open_wallet(user_id, timezone.now())
    now, usage = moment_of(wallet, timezone.now()), _find(user_id, usage_id)
    if answered := _answered(usage, quantity):
        return answered
    _require_own(usage, now)
    return taking_back.take_back(wallet, _new(usage, quantity, reason, api_key=api_key), now)


@money_transaction
def take_back_by_staff(
    usage: TokenUsage, *, reason: str, by: AbstractBaseUser | None, quantity: int | None = None
) -> SpendReversal:
    """As `take_back`, of any spend at any time, but never again what is all taken back.

    `by` is the member of staff, None for the shop itself. Who may, `tokens.staff.taking_back` decides.
    """
    wallet = open_wallet(usage.user_id, timezone.now())
    usage = _find(usage.user_id, usage.pk)
    return taking_back.take_back(wallet, _new(usage, quantity, reason, by=by), moment_of(wallet, timezone.now()))


def require_spent(usage: TokenUsage) -> None:
    """Raises NotReversible for a hold that was not captured."""
    if usage.status == TokenUsage.Status.HELD:
        raise NotReversible(f"Usage {usage.pk} is still on hold: release the hold instead.")
    if usage.status == TokenUsage.Status.RELEASED:
        raise NotReversible(f"Usage {usage.pk} was a hold that has been released, so nothing was spent.")


def left_of(usage: TokenUsage) -> int:
    """How many times of a spend may still be taken back."""
    return usage.quantity - usage.reversals.aggregate(sum=Sum("quantity", default=0))["sum"]


def wanted_of(usage: TokenUsage, quantity: int | None) -> int:
    """`quantity`, or all that are left. Raises ReversalExceedsSpend."""
    left = left_of(usage)
    wanted = left if quantity is None else quantity
    if not 1 <= wanted <= left:
        raise ReversalExceedsSpend(usage.pk, left=left, wanted=wanted)
    return wanted


def tokens_of(usage: TokenUsage, quantity: int) -> int:
    """What so many of the times that are left come to, in tokens: all parts together are what was spent."""
    back = usage.quantity - left_of(usage)
    until, before = (usage.tokens_spent * times // usage.quantity for times in (back + quantity, back))
    return until - before


def _find(user_id: int, usage_id: int) -> TokenUsage:
    """As it is under the wallet's lock. Raises UnknownUsage, and NotReversible for a hold that was not captured."""
    usage = TokenUsage.objects.for_user(user_id).filter(pk=usage_id).first()
    if usage is None:
        raise UnknownUsage(f"You have no usage {usage_id}.")
    require_spent(usage)
    return usage


def _answered(usage: TokenUsage, quantity: int | None) -> SpendReversal | None:
    """The last reversal of a usage that is all taken back, if that is what is asked for; None while there is more."""
    if left_of(usage):
        return None
    last = usage.reversals.order_by("-pk")[0]
    if quantity not in (None, last.quantity):
        raise ReversalExceedsSpend(usage.pk, left=0, wanted=quantity)
    return last


def _require_own(usage: TokenUsage, now: datetime) -> None:
    """Raises NotReversible after a day, for what no API key spent, and for work that its customer keeps."""
    if any(is_kept(usage) for is_kept in stays):
        raise NotReversible(
            f"Usage {usage.pk} paid for work that you keep, so you can't reverse it yourself. Contact support."
        )
    if usage.api_key is None:
        raise NotReversible(
            f"Usage {usage.pk} was not spent with an API key, so you can't reverse it yourself. Contact support."
        )
    if now - usage.charged_at > WITHIN:
        raise NotReversible(
            f"Usage {usage.pk} was charged on {usage.charged_at:%Y-%m-%d at %H:%M} UTC, and a spend can be reversed "
            "for 24 hours. Contact support."
        )


def _new(
    usage: TokenUsage,
    quantity: int | None,
    reason: str,
    *,
    by: AbstractBaseUser | None = None,
    api_key: int | None = None,
) -> SpendReversal:
    wanted = wanted_of(usage, quantity)
    reversal = SpendReversal(user_id=usage.user_id, usage=usage, quantity=wanted, tokens=tokens_of(usage, wanted))
    reversal.reason, reversal.by_id, reversal.api_key = reason, by.pk if by else None, api_key
    return reversal
