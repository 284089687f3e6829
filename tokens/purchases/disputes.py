"""Money a bank takes back, or asks about. What Stripe says now decides; tokens follow the money that moved."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.utils import timezone

from tokens.models import Dispute, Purchase
from tokens.purchases import emails
from tokens.purchases.reversals import Contest, contest, follow_the_money
from tokens.stripe_api import foreign_money
from tokens.stripe_api.foreign_money import Settled, Withdrawal
from tokens.transactions import money_transaction


@money_transaction
def record_dispute(purchase: Purchase, dispute: dict[str, Any], *, fetched_at: datetime) -> None:
    """Take over a dispute (plain data) as Stripe had it at `fetched_at`; an older answer changes nothing."""
    purchase = Purchase.objects.select_for_update().get(pk=purchase.pk)
    row = purchase.disputes.filter(stripe_id=dispute["id"]).first() or Dispute(
        user_id=purchase.user_id, purchase=purchase, stripe_id=dispute["id"]
    )
    if row.pk and row.fetched_at > fetched_at:
        return
    is_new = row.pk is None
    row.status, row.reason = dispute["status"], dispute["reason"] or ""
    row.amount_cents, row.currency = dispute["amount"], foreign_money.code_of(dispute)
    _take_over_money(row, foreign_money.settled(dispute), foreign_money.withdrawal_of(purchase, dispute))
    row.evidence_due_at, row.fetched_at = _due(dispute), fetched_at
    row.save()
    emails.dispute_noted(follow_the_money(purchase), row)
    if is_new:
        contest(purchase, Contest.DISPUTE)


@money_transaction
def flag(purchase: Purchase) -> None:
    """Remember that the card's bank warned of fraud. Once flagged, the first date stays."""
    if Purchase.objects.filter(pk=purchase.pk, fraud_warning_at=None).update(fraud_warning_at=timezone.now()):
        contest(purchase, Contest.FRAUD_WARNING)


def state(row: Dispute, cents: int) -> Purchase:
    """Count `cents` of the purchase as withdrawn by an unclear dispute; the caller has the purchase locked."""
    money = Settled(row.settled_currency, row.settled_taken, row.settled_kept)
    row.stated_cents = cents
    _take_over_money(row, money, foreign_money.Withdrawal())
    row.save()
    return follow_the_money(row.purchase)


def _take_over_money(row: Dispute, money: Settled, moved: Withdrawal) -> None:
    """What staff stated stays, and comes back by the share that comes back at Stripe."""
    if row.stated_cents is not None:
        moved = foreign_money.share(row.stated_cents, money)
    row.settled_currency, row.settled_taken, row.settled_kept = money.currency, money.taken, money.kept
    row.withdrawn_cents, row.reinstated_cents, row.unclear = moved.withdrawn, moved.reinstated, moved.unclear


def _due(dispute: dict[str, Any]) -> datetime | None:
    due = (dispute.get("evidence_details") or {}).get("due_by")
    if dispute["status"] not in Dispute.ASKS_FOR_EVIDENCE:
        return None
    return datetime.fromtimestamp(due, UTC) if due else None
