"""What Stripe's events about subscriptions do. Each only says where to look: what it is about is fetched anew."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone

from memberships import endings, invoices, letters, subscriptions
from memberships.checkout import follow
from tokens.models import Purchase
from tokens.payments import billing, checkout
from tokens.payments.inbox import handles
from tokens.payments.news import finds_purchases

Data = dict[str, Any]


@dataclass
class Found:
    """A subscription and perhaps one of its invoices, as Stripe had them at `asked_at`; None: none of this kind."""

    asked_at: datetime
    subscription: Data | None
    invoice: Data | None = None


def subscription_of_checkout(session: Data) -> Found:
    is_ours = session["mode"] == "subscription" and checkout.is_ours(session) and session["subscription"]
    return _found(session["subscription"], session["invoice"]) if is_ours else Found(timezone.now(), None)


def subscription_itself(subscription: Data) -> Found:
    return _found(subscription["id"])


def subscription_of_invoice(invoice: Data) -> Found:
    return _found(invoices.subscription_of(invoice), invoice["id"])


def subscription_of_schedule(schedule: Data) -> Found:
    return _found(schedule["subscription"] or schedule["released_subscription"])


def _found(subscription_id: str | None, invoice_id: str | None = None) -> Found:
    asked_at = timezone.now()
    if subscription_id is None:
        return Found(asked_at, None)
    invoice = billing.retrieve_invoice(invoice_id) if invoice_id else None
    return Found(asked_at, billing.retrieve_subscription(subscription_id), invoice)


@handles("checkout.session.completed", after=subscription_of_checkout)
@handles(
    "customer.subscription.created",
    "customer.subscription.updated",
    "customer.subscription.deleted",
    "customer.subscription.paused",
    "customer.subscription.resumed",
    "customer.subscription.pending_update_applied",
    "customer.subscription.pending_update_expired",
    after=subscription_itself,
)
@handles(
    "subscription_schedule.created",
    "subscription_schedule.updated",
    "subscription_schedule.released",
    "subscription_schedule.canceled",
    after=subscription_of_schedule,
)
@handles(
    "invoice.paid",
    "invoice.payment_failed",
    "invoice.payment_action_required",
    "invoice.voided",
    "invoice.marked_uncollectible",
    after=subscription_of_invoice,
)
def subscription_changed(found: Found) -> None:
    """Take over what Stripe says now, whatever the event was."""
    if found.invoice:
        invoices.lock_line(found.invoice)
    row = subscriptions.note(found.subscription, asked_at=found.asked_at) if found.subscription else None
    if row is None:
        return
    if found.invoice:
        invoices.record(found.invoice, row)
        letters.unpaid(row, found.invoice)
    if row.end_reason and not row.ending_done_at:
        endings.end_after_commit(row)


@finds_purchases
def purchase_of_invoice_payment(payment_intent: str) -> Purchase | None:
    """The line in the history that a PaymentIntent of an invoice paid; its subscription is taken over first."""
    invoice_id = billing.invoice_of_payment_intent(payment_intent)
    subscription_id = invoices.subscription_of(billing.retrieve_invoice(invoice_id)) if invoice_id else None
    if subscription_id is None:
        return None
    follow(subscription_id)
    return Purchase.objects.filter(stripe_invoice_id=invoice_id).first()
