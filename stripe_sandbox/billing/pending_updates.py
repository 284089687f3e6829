"""Pending updates: a change of items that waits until its invoice is paid, for 23 hours at most."""

from stripe_sandbox.billing import invoices, subscriptions
from stripe_sandbox.objects import Body, Document, documents
from stripe_sandbox.store import Database, clock
from stripe_sandbox.webhooks import events

_LIFE_SECONDS = 23 * 3600


def begin(db: Database, subscription: Document, invoice: Document, after: list[Body]) -> None:
    """Store the change to the items `after` with the subscription; paying the invoice makes it."""
    subscription.private |= {"pending_invoice": invoice.id, "pending_items": after}
    documents.save(db, subscription)


def wait(db: Database, subscription: Document, invoice: Document, after: list[Body]) -> None:
    """The first attempt was refused."""
    _refresh(db, subscription)
    _, end = subscriptions.period_of(subscription)
    empty = dict.fromkeys(
        "billing_cycle_anchor cancel_at_period_end discount discounts metadata trial_end trial_from_plan".split()
    )
    expires_at = min(clock.now(db) + _LIFE_SECONDS, end)
    pending = {**empty, "expires_at": expires_at, "subscription_items": after}
    subscriptions.change(db, subscription, pending_update=pending, latest_invoice=invoice.id)


def apply(db: Database, subscription: Document) -> None:
    """Its invoice is paid."""
    was_waiting = subscription.body["pending_update"] is not None
    after = subscription.private.pop("pending_items")
    fields: Body = {"items": subscriptions.with_items(subscription, after)}
    if after[0]["current_period_end"] != subscriptions.period_of(subscription)[1]:
        fields["billing_cycle_anchor"] = after[0]["current_period_start"]
    fields |= {"pending_update": None, "latest_invoice": subscription.private.pop("pending_invoice")}
    subscriptions.change(db, subscription, **fields)
    if was_waiting:
        events.record(db, "customer.subscription.pending_update_applied", subscription)


def expire(db: Database, subscription: Document) -> None:
    """It was not paid in time: the invoice is void and nothing has changed."""
    drop(db, subscription)
    events.record(db, "customer.subscription.pending_update_expired", subscription)


def drop(db: Database, subscription: Document) -> None:
    """Another change takes its place."""
    invoice = documents.find(db, "invoice", subscription.private.pop("pending_invoice", ""))
    subscription.private.pop("pending_items", None)
    subscription.body["pending_update"] = None
    subscriptions.set_alarm(db, subscription)
    if invoice and invoice.body["status"] == "open":
        invoices.void(db, invoice)


def _refresh(db: Database, subscription: Document) -> None:
    """The attempt worked on a copy of its own."""
    fresh = documents.find(db, "subscription", subscription.id)
    if fresh:
        subscription.body, subscription.private = fresh.body, fresh.private
