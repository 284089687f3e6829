"""Subscription schedules: prices that follow one another. active -> released | completed | canceled.

A phase that ends with the period changes the price of the renewal, so nothing is prorated.
"""

from typing import Any

from stripe_sandbox.billing import item_changes, periods, subscriptions
from stripe_sandbox.billing.item_changes import Terms
from stripe_sandbox.catalogue import customers
from stripe_sandbox.errors import StripeError
from stripe_sandbox.objects import documents, ids, shapes, updates
from stripe_sandbox.objects.documents import Body, Document
from stripe_sandbox.store import clock
from stripe_sandbox.store.store import Database
from stripe_sandbox.webhooks import events
from stripe_sandbox.webhooks.events import Cause

_PHASE: Body = {
    **dict.fromkeys(
        "application_fee_percent billing_cycle_anchor billing_thresholds collection_method default_payment_method "
        "description invoice_settings on_behalf_of transfer_data trial_end".split()
    ),
    "add_invoice_items": [],
    "default_tax_rates": [],
    "discounts": [],
    "metadata": {},
    "proration_behavior": "create_prorations",
}


def from_subscription(db: Database, subscription: Document, *, cause: Cause) -> Document:
    """One phase: the subscription as it is, until its period ends."""
    if subscription.body["status"] in subscriptions.OVER:
        raise StripeError("You cannot migrate a subscription that is already canceled.", param="from_subscription")
    if subscription.body["schedule"]:
        raise StripeError(
            f"You cannot migrate a subscription that is already attached to a schedule: "
            f"{subscription.body['schedule']}.",
            param="from_subscription",
        )
    start, end = subscriptions.period_of(subscription)
    current = [phase_item(item["price"]["id"], item["quantity"]) for item in subscriptions.items_of(subscription)]
    body = shapes.new(
        "subscription_schedule",
        id=ids.new("subscription_schedule"),
        created=clock.now(db),
        current_phase={"start_date": start, "end_date": end},
        customer=subscription.body["customer"],
        phases=[phase(current, currency=subscription.body["currency"], start=start, end=end)],
        subscription=subscription.id,
        test_clock=subscription.body["test_clock"],
    )
    schedule = documents.add(db, Document("subscription_schedule", body))
    events.record(db, "subscription_schedule.created", schedule, cause=cause)
    subscription.private["phase_ends_at"] = end
    subscriptions.change(db, subscription, cause=cause, schedule=schedule.id)
    return schedule


def phase(items: list[Body], *, currency: str, start: int, end: int, **fields: Any) -> Body:
    """A phase of a schedule with these items; `start` and `end` in Unix seconds."""
    return {**_PHASE, **fields, "currency": currency, "items": items, "start_date": start, "end_date": end}


def update(db: Database, schedule: Document, *, proration: str, cause: Cause, **fields: Any) -> None:
    """What changes in the current phase changes the subscription now, prorated as `proration` says."""
    require_active(schedule)
    phases: list[Body] = fields.get("phases") or schedule.body["phases"]
    current = next((one for one in phases if one["start_date"] <= clock.now(db) < one["end_date"]), None)
    if current is None:
        raise StripeError("The schedule must have a phase that is current now.", param="phases")
    fields["current_phase"] = {name: current[name] for name in ("start_date", "end_date")}
    updates.apply(db, schedule, "subscription_schedule.updated", cause=cause, **fields)
    subscription = subscriptions.found(db, schedule.body["subscription"])
    subscription.private["phase_ends_at"] = current["end_date"]
    subscriptions.set_alarm(db, subscription)
    if "phases" in fields:
        _take(db, subscription, current, Terms(proration=proration), cause=cause)


def release(db: Database, schedule: Document, *, cause: Cause) -> None:
    """Release a schedule, with its event: the subscription continues as it is, without it."""
    require_active(schedule)
    now, subscription = clock.now(db), subscriptions.found(db, schedule.body["subscription"])
    schedule.body |= {"released_at": now, "released_subscription": subscription.id, "subscription": None}
    _close(db, schedule, "released", cause=cause)
    _let_go(db, subscription, cause=cause)


def cancel(db: Database, schedule: Document, *, cause: Cause) -> None:
    """Cancel a schedule and its subscription at once, with their events."""
    require_active(schedule)
    schedule.body["canceled_at"] = clock.now(db)
    _close(db, schedule, "canceled", cause=cause)
    subscription = subscriptions.found(db, schedule.body["subscription"])
    subscription.private.pop("phase_ends_at", None)
    if subscription.body["status"] not in subscriptions.OVER:
        subscriptions.end(db, subscription, reason="cancellation_requested", cause=cause)


def end_phase(db: Database, subscription: Document) -> None:
    """Time has passed: on to the next phase, or to what comes after the last one."""
    schedule = found_of(db, subscription)
    now = clock.now(db)
    following = [one for one in schedule.body["phases"] if one["start_date"] <= now < one["end_date"]]
    if following:
        current = {name: following[0][name] for name in ("start_date", "end_date")}
        updates.apply(db, schedule, "subscription_schedule.updated", cause=events.TIME, current_phase=current)
        subscription.private["phase_ends_at"] = following[0]["end_date"]
        _enter(db, subscription, following[0])
    elif schedule.body["end_behavior"] == "release":
        release(db, schedule, cause=events.TIME)
        subscription.private.pop("phase_ends_at", None)
    else:
        schedule.body["completed_at"] = now
        _close(db, schedule, "completed", cause=events.TIME)
        subscription.private.pop("phase_ends_at", None)
        subscriptions.end(db, subscription, cause=events.TIME)


def found_of(db: Database, subscription: Document) -> Document:
    """The schedule of a subscription. Raises StripeError when it has none."""
    schedule = documents.find(db, "subscription_schedule", subscription.body["schedule"] or "")
    if schedule is None:
        raise StripeError(f"Subscription {subscription.id} has no schedule.", param="subscription")
    return schedule


def require_active(schedule: Document) -> None:
    """Raises StripeError for a schedule that was released, canceled or completed."""
    if schedule.body["status"] not in ("active", "not_started"):
        raise StripeError(
            f"You cannot change a subscription schedule that is currently in the `{schedule.body['status']}` status.",
            param="schedule",
        )


def end_of(start: int, duration: Body) -> int:
    """Where a phase without `end_date` ends: after `duration`, or one period of its price."""
    return periods.later(start, duration["interval"], duration.get("interval_count", 1))


def phase_item(price_id: str, quantity: int) -> Body:
    """An item of a phase: the price's id and a quantity."""
    return {
        "billing_thresholds": None,
        "discounts": [],
        "metadata": {},
        "plan": price_id,
        "price": price_id,
        "quantity": quantity,
        "tax_rates": [],
    }


def items_from(db: Database, subscription: Document, moment: int) -> list[Body]:
    """The changes of items that the subscription's schedule makes by then, if it has one."""
    if not subscription.body["schedule"]:
        return []
    phases = found_of(db, subscription).body["phases"]
    return [
        change
        for one in phases
        if one["start_date"] <= moment < one["end_date"]
        for change in _changes(subscription, one)
    ]


def _changes(subscription: Document, entered: Body) -> list[Body]:
    """An item goes on with its price, or else with one that no item has yet; the others end, and new ones begin."""
    had = subscriptions.items_of(subscription)
    prices = {item["price"]["id"] for item in had}
    new = [item for item in entered["items"] if item["price"] not in prices]
    staying = {item["price"]: item for item in entered["items"]}
    changes: list[Body] = []
    for item in had:
        follows = staying.get(item["price"]["id"]) or (new.pop(0) if new else None)
        said = {"price": follows["price"], "quantity": follows["quantity"]} if follows else {"deleted": True}
        changes.append({"id": item["id"], **said})
    return [*changes, *({"price": item["price"], "quantity": item["quantity"]} for item in new)]


def _enter(db: Database, subscription: Document, entered: Body) -> None:
    _, end = subscriptions.period_of(subscription)
    is_with_period = end <= clock.now(db)
    terms = Terms(proration="none" if is_with_period else entered["proration_behavior"])
    subscriptions.set_alarm(db, subscription)
    _take(db, subscription, entered, terms, cause=events.TIME)


def _take(db: Database, subscription: Document, entered: Body, terms: Terms, *, cause: Cause) -> None:
    """The subscription is as this phase wants it: its items, and what it is called."""
    metadata = customers.merged_metadata(subscription.body["metadata"], entered["metadata"])
    fields = {"description": entered["description"]} if entered["description"] else {}
    subscriptions.change(db, subscription, cause=cause, metadata=metadata, **fields)
    had = sorted((item["price"]["id"], item["quantity"]) for item in subscriptions.items_of(subscription))
    if had != sorted((item["price"], item["quantity"]) for item in entered["items"]):
        item_changes.make(db, subscription, _changes(subscription, entered), terms, cause=cause)


def _close(db: Database, schedule: Document, status: str, *, cause: Cause) -> None:
    schedule.body |= {"status": status, "current_phase": None}
    documents.save(db, schedule)
    events.record(db, f"subscription_schedule.{status}", schedule, cause=cause)


def _let_go(db: Database, subscription: Document, *, cause: Cause) -> None:
    subscription.private.pop("phase_ends_at", None)
    subscriptions.change(db, subscription, cause=cause, schedule=None)
