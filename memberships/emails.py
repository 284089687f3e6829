"""Emails about memberships. Each fact is reported once, in the transaction of its change."""

from __future__ import annotations

from typing import Any

from memberships.models import Gift, Invoice, Subscription
from tokens.emails.kinds import kind, write
from tokens.models import Purchase
from tokens.money import format_money
from tokens.purchases.emails import money_of

PAID = kind(
    "membership_paid",
    name="Membership receipts",
    description="What you paid for your membership and the month it covers.",
)
GIFT = kind(
    "membership_gift",
    name="Complimentary plans",
    description="We gave you a plan free of charge, or ended one.",
    is_optional=True,
)
PAYMENT_FAILED = kind(
    "membership_payment_failed",
    name="Failed membership payments",
    description="A renewal payment failed, and how long your membership stays active.",
)
CONFIRMATION_NEEDED = kind(
    "membership_confirmation_needed",
    name="Payments to confirm",
    description="Your bank asks you to confirm a renewal payment.",
)
DUPLICATE = kind(
    "membership_duplicate",
    name="Duplicate memberships",
    description="You bought a membership twice; the duplicate was cancelled and refunded.",
)
ENDED = kind("membership_ended", name="Ended memberships", description="Your membership has ended.")


def paid(purchase: Purchase, invoice: Invoice) -> None:
    """The receipt for a month, also one that a code or account credit paid for, or for what an upgrade cost."""
    write(
        purchase.user_id,
        PAID,
        about=f"purchase:{purchase.pk}:completed",
        purchase=purchase,
        period_start=invoice.period_start,
        period_end=invoice.period_end,
        **money_of(purchase),
    )


def unpaid(row: Subscription, invoice: dict[str, Any]) -> None:
    """A renewal that is still open is told once, and once more if the bank wants a confirmation."""
    if invoice["status"] != "open" or row.status not in ("past_due", "unpaid"):
        return
    must_confirm = _must_confirm(invoice)
    write(
        row.user_id,
        CONFIRMATION_NEEDED if must_confirm else PAYMENT_FAILED,
        about=f"invoice:{invoice['id']}:{'confirm' if must_confirm else 'failed'}",
        subscription=row,
        amount=format_money(invoice["amount_due"], invoice["currency"]),
        invoice_url=invoice["hosted_invoice_url"],
    )


def ended(row: Subscription) -> None:
    """It has ended; one that was ended as a duplicate has its own email."""
    if row.status == "canceled" and row.end_reason != Subscription.EndReason.DUPLICATE:
        write(row.user_id, ENDED, about=f"subscription:{row.stripe_id}:ended", subscription=row)


def duplicate_ended(row: Subscription, *, kept: Subscription, is_refunded: bool) -> None:
    """The second of two was ended; whether its money is on its way back, or staff will see to it."""
    about = f"subscription:{row.stripe_id}:duplicate"
    write(row.user_id, DUPLICATE, about=about, subscription=row, kept=kept, is_refunded=is_refunded)


def gift_changed(gift: Gift) -> None:
    """A complimentary plan was given or revoked. That one replaced it is told by the new one's own."""
    write(gift.user_id, GIFT, about=f"gift:{gift.pk}:{'ended' if gift.ended_at else 'given'}", gift=gift)


def _must_confirm(invoice: dict[str, Any]) -> bool:
    payments = (invoice.get("payments") or {"data": []})["data"]
    intents = [payment["payment"].get("payment_intent") for payment in payments if payment["is_default"]]
    return any(isinstance(intent, dict) and intent["status"] == "requires_action" for intent in intents)
