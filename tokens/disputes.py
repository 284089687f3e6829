"""Money a bank takes back, or asks about. What Stripe says now decides; tokens follow the money that moved."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.utils import timezone

from tokens import letters
from tokens.models import Dispute, Purchase
from tokens.reversals import follow_the_money
from tokens.transactions import money_transaction


@money_transaction
def note(purchase: Purchase, dispute: dict[str, Any], *, fetched_at: datetime) -> None:
    """Take over a dispute (plain data) as Stripe had it at `fetched_at`; an older answer changes nothing."""
    purchase = Purchase.objects.select_for_update().get(pk=purchase.pk)
    row = purchase.disputes.filter(stripe_id=dispute["id"]).first() or Dispute(
        user_id=purchase.user_id, purchase=purchase, stripe_id=dispute["id"]
    )
    if row.pk and row.fetched_at > fetched_at:
        return
    row.status, row.reason, row.amount_cents = dispute["status"], dispute["reason"] or "", dispute["amount"]
    row.withdrawn_cents, row.reinstated_cents = moved(dispute)
    row.evidence_due_at, row.fetched_at = _due(dispute), fetched_at
    row.save()
    letters.dispute_noted(follow_the_money(purchase), row)


@money_transaction
def flag(purchase: Purchase) -> None:
    """Remember that the card's bank warned of fraud. Once flagged, the first date stays."""
    Purchase.objects.filter(pk=purchase.pk, fraud_warning_at=None).update(fraud_warning_at=timezone.now())


def moved(dispute: dict[str, Any]) -> tuple[int, int]:
    """(withdrawn, reinstated) in the smallest unit; the fee the bank charges is not the buyer's money."""
    amounts = [each["amount"] for each in dispute["balance_transactions"]]
    out, back = -sum(amount for amount in amounts if amount < 0), sum(amount for amount in amounts if amount > 0)
    currencies = {each["currency"] for each in dispute["balance_transactions"]}
    if currencies - {dispute["currency"]} and out:
        # Stripe settles in the account's own currency, at each day's rate: only the share says what moved.
        return dispute["amount"], min(dispute["amount"], (2 * dispute["amount"] * back + out) // (2 * out))
    return min(out, dispute["amount"]), min(back, out, dispute["amount"])


def _due(dispute: dict[str, Any]) -> datetime | None:
    due = (dispute.get("evidence_details") or {}).get("due_by")
    if dispute["status"] not in Dispute.ASKS_FOR_EVIDENCE:
        return None
    return datetime.fromtimestamp(due, UTC) if due else None
