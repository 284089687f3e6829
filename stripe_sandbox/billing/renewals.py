"""What time does to a subscription: its renewal is announced, its period moves on, or it comes to its end."""

from stripe_sandbox.billing import (
    invoice_items,
    invoices,
    items,
    lines,
    pending_updates,
    periods,
    previews,
    schedules,
    subscriptions,
)
from stripe_sandbox.objects import Document, documents
from stripe_sandbox.store import Database, clock
from stripe_sandbox.webhooks import events


def come_due(db: Database, subscription: Document) -> None:
    """Do the next thing that is due for a subscription, such as its renewal, and set its next alarm."""
    now, body = clock.now(db), subscription.body
    if body["status"] == "incomplete":
        subscriptions.expire(db, subscription)
        return
    if body["pending_update"] and body["pending_update"]["expires_at"] <= now:
        pending_updates.expire(db, subscription)
        return
    if (subscription.private.get("phase_ends_at") or now + 1) <= now:
        schedules.end_phase(db, subscription)
        return
    if body["cancel_at"] and body["cancel_at"] <= now:
        subscriptions.end(db, subscription)
        return
    _, end = subscriptions.period_of(subscription)
    if end <= now:
        _renew(db, subscription)
    else:
        _announce(db, subscription)


def _announce(db: Database, subscription: Document) -> None:
    _, end = subscriptions.period_of(subscription)
    subscription.private["announced"] = end
    subscriptions.set_alarm(db, subscription)
    if subscription.body["cancel_at"] is None or subscription.body["cancel_at"] > end:
        body = previews.upcoming(db, subscription)
        events.record(db, "invoice.upcoming", Document("invoice", body))


def _renew(db: Database, subscription: Document) -> None:
    """The period moves before anything is paid; the invoice stays a draft for an hour."""
    start, end = subscriptions.period_of(subscription)
    found = subscriptions.items_of(subscription)
    following = periods.end_after(subscription.body["billing_cycle_anchor"], found[0]["price"]["recurring"], end)
    renewed = [items.for_period(item, start=end, end=following) for item in found]
    whole = [lines.of_item(db, subscription, item) for item in renewed]
    is_unpaid = subscription.body["status"] == "unpaid"
    invoice = invoices.draft(
        db,
        subscription,
        [*invoice_items.as_lines(db, subscription.id), *whole],
        reason="subscription_cycle",
        period=(start, end),
        finalizes_by_itself=not is_unpaid,
    )
    invoice_items.take(db, invoice, subscription.id)
    if is_unpaid:
        invoice.body["auto_advance"] = False
        documents.save(db, invoice)
    subscriptions.change(
        db, subscription, items=subscriptions.with_items(subscription, renewed), latest_invoice=invoice.id
    )
