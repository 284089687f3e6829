"""A subscription's life: incomplete -> active | incomplete_expired; active -> past_due -> active | unpaid | canceled.

`alarm` decides when the clock must look at it again (see renewals.py).
"""

from typing import Any

from stripe_sandbox.billing import invoices, items, periods
from stripe_sandbox.objects import Body, Document, changes, documents, ids
from stripe_sandbox.store import Database, clock
from stripe_sandbox.webhooks import events

_HOUR = 3600
FIRST_PAYMENT_SECONDS = 23 * _HOUR
UPCOMING_SECONDS = 7 * 24 * _HOUR
OVER = ("canceled", "incomplete_expired")


def create(db: Database, customer: Document, wanted: list[tuple[Body, int]], **fields: Any) -> Document:
    """Incomplete until its first invoice is paid. `wanted` has prices of one interval and their quantities."""
    now, id = clock.now(db), ids.new("subscription")
    recurring = wanted[0][0]["recurring"]
    end = periods.end_after(now, recurring, now)
    found = [items.new(db, id, price, quantity=quantity, start=now, end=end) for price, quantity in wanted]
    subscription = changes.make(
        db,
        "subscription",
        id=id,
        billing_cycle_anchor=now,
        currency=wanted[0][0]["currency"],
        customer=customer.id,
        items=items.listing(id, found),
        start_date=now,
        test_clock=customer.body["test_clock"],
        **fields,
    )
    set_alarm(db, subscription)
    events.record(db, "customer.subscription.created", subscription)
    return subscription


def change(db: Database, subscription: Document, **fields: Any) -> None:
    """Save it and tell what changed, if anything did; the next alarm follows from it."""
    changes.update(db, subscription, "customer.subscription.updated", **fields)
    set_alarm(db, subscription)


def end(db: Database, subscription: Document, *, reason: str | None = None) -> None:
    """Canceled, now. Nothing is refunded by itself."""
    now, body = clock.now(db), subscription.body
    body |= {"status": "canceled", "ended_at": now, "canceled_at": body["canceled_at"] or now, "pending_update": None}
    if reason:
        body["cancellation_details"] = {**body["cancellation_details"], "reason": reason}
    set_alarm(db, subscription)
    events.record(db, "customer.subscription.deleted", subscription)
    invoices.stop_collecting(db, subscription)


def expire(db: Database, subscription: Document) -> None:
    """The first payment was never made."""
    subscription.body["ended_at"] = clock.now(db)
    for invoice in invoices.of_subscription(db, subscription.id):
        if invoice.body["status"] == "open":
            invoices.void(db, invoice)
    change(db, subscription, status="incomplete_expired")


def found(db: Database, id: str, *, param: str = "subscription") -> Document:
    """The subscription with this id. Raises StripeError (404), naming `param`."""
    return documents.require(db, "subscription", id, param=param)


def items_of(subscription: Document) -> list[Body]:
    """The subscription's items, as plain data."""
    data: list[Body] = subscription.body["items"]["data"]
    return data


def period_of(subscription: Document) -> tuple[int, int]:
    """Start and end of the current period, in Unix seconds; all its items have the same."""
    first = items_of(subscription)[0]
    return first["current_period_start"], first["current_period_end"]


def with_items(subscription: Document, found: list[Body]) -> Body:
    """The list object of a subscription with these items."""
    return items.listing(subscription.id, found)


def set_alarm(db: Database, subscription: Document) -> None:
    """Save when the subscription is due next, by its own test clock if it has one."""
    body = subscription.body
    _, end = period_of(subscription)
    if body["status"] in OVER:
        moments = []
    elif body["status"] == "incomplete":
        moments = [body["created"] + FIRST_PAYMENT_SECONDS]
    else:
        upcoming = [] if subscription.private.get("announced") == end else [max(0, end - UPCOMING_SECONDS)]
        moments = [end, *upcoming, *([body["cancel_at"]] if body["cancel_at"] else [])]
        moments += [body["pending_update"]["expires_at"]] if body["pending_update"] else []
        moments += [subscription.private["phase_ends_at"]] if subscription.private.get("phase_ends_at") else []
    subscription.comes_due(min(moments, default=None))
    documents.save(db, subscription)
