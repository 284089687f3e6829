"""What Stripe's events about subscriptions do. Each only says where to look: what it is about is fetched anew."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils import timezone

from memberships import emails
from memberships.models import Invoice, Subscription
from memberships.subscriptions import endings, invoices, sync
from memberships.subscriptions.checkout import follow
from tokens.errors import NoSuchObject, NotOurs
from tokens.models import Purchase, StripeCustomer
from tokens.purchases import checkout
from tokens.stripe_api import billing
from tokens.stripe_api.lookups import finds_purchases
from tokens.stripe_api.pointers import id_in, own_id, part, pointer_on
from tokens.webhooks.inbox import handles

Data = dict[str, Any]


@dataclass
class Found:
    """A subscription and perhaps one of its invoices, as Stripe had them at `asked_at`."""

    asked_at: datetime
    subscription: Data
    invoice: Data | None = None


def subscription_of_checkout(session: Data) -> Found:
    """The subscription of a Checkout Session (plain data), asked anew. Raises NotOurs, StripeFailed."""
    checkout.require_ours(session)
    subscription_id = id_in(session, "subscription")
    if session["mode"] != "subscription" or subscription_id is None:
        raise NotOurs("It sells no membership.")
    return _found(subscription_id, id_in(session, "invoice"))


def subscription_itself(subscription: Data) -> Found:
    """A subscription (plain data) of an event, asked anew. Raises NotOurs, StripeFailed."""
    return _found_of(subscription, own_id(subscription), pointer=pointer_on(subscription))


def subscription_of_invoice(invoice: Data) -> Found:
    """The subscription an invoice (plain data) belongs to, asked anew. Raises NotOurs, StripeFailed."""
    invoice_id = own_id(invoice)
    known = Invoice.objects.filter(purchase__stripe_invoice_id=invoice_id).select_related("subscription").first()
    subscription_id = known.subscription.stripe_id if known else invoices.subscription_of(invoice)
    pointer = pointer_on(part(invoice, "parent", "subscription_details"))
    try:
        return _found_of(invoice, subscription_id, invoice_id, pointer=pointer)
    except NoSuchObject as error:
        if known:
            raise
        raise NotOurs(f"Stripe knows no invoice {invoice_id} of this account.") from error


def subscription_of_schedule(schedule: Data) -> Found:
    """The subscription a schedule (plain data) belongs to, asked anew. Raises NotOurs, StripeFailed."""
    return _found_of(schedule, id_in(schedule, "subscription") or id_in(schedule, "released_subscription"))


def _found_of(
    object: Data, subscription_id: str | None, invoice_id: str | None = None, *, pointer: UUID | None = None
) -> Found:
    """Stripe is asked only about what may be ours: it is known here, of a customer of ours, or carries a pointer."""
    if subscription_id is None:
        raise NotOurs("It is about no subscription.")
    is_known = Subscription.objects.filter(stripe_id=subscription_id).exists()
    customers = StripeCustomer.objects.filter(stripe_id=id_in(object, "customer") or "")
    if not (is_known or pointer or customers.exists()):
        raise NotOurs(f"Subscription {subscription_id} is of no customer of this shop.")
    try:
        return _found(subscription_id, invoice_id)
    except NoSuchObject as error:
        if is_known:
            raise
        raise NotOurs(f"Stripe knows no subscription {subscription_id} of this account.") from error


def _found(subscription_id: str, invoice_id: str | None = None) -> Found:
    asked_at = timezone.now()
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
    row = sync.record_subscription(found.subscription, asked_at=found.asked_at)
    if row is None:
        raise NotOurs(f"Subscription {found.subscription['id']} sells no plan of this shop.")
    if found.invoice:
        invoices.record(found.invoice, row)
        emails.unpaid(row, found.invoice)
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
