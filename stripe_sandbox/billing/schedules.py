"""Subscription schedules: prices that follow one another. active -> released | completed | canceled.

A phase that ends with the period changes the price of the renewal, so nothing is prorated.
"""

from typing import Any

from stripe_sandbox.billing import item_changes, periods, subscriptions
from stripe_sandbox.billing.item_changes import Terms
from stripe_sandbox.errors import StripeError
from stripe_sandbox.objects import Body, Document, changes, documents
from stripe_sandbox.store import Database, clock

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


def from_subscription(db: Database, subscription: Document) -> Document:
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
    schedule = changes.make(
        db,
        "subscription_schedule",
        "subscription_schedule.created",
        current_phase={"start_date": start, "end_date": end},
        customer=subscription.body["customer"],
        phases=[phase(current, currency=subscription.body["currency"], start=start, end=end)],
        subscription=subscription.id,
        test_clock=subscription.body["test_clock"],
    )
    subscription.private["phase_ends_at"] = end
    subscriptions.change(db, subscription, schedule=schedule.id)
    return schedule


def phase(items: list[Body], *, currency: str, start: int, end: int, **fields: Any) -> Body:
    """A phase of a schedule with these items; `start` and `end` in Unix seconds."""
    return {**_PHASE, **fields, "currency": currency, "items": items, "start_date": start, "end_date": end}


def update(db: Database, schedule: Document, *, proration: str, **fields: Any) -> None:
    """What changes in the current phase changes the subscription now, prorated as `proration` says."""
    require_active(schedule)
    phases: list[Body] = fields.get("phases") or schedule.body["phases"]
    current = next((one for one in phases if one["start_date"] <= clock.now(db) < one["end_date"]), None)
    if current is None:
        raise StripeError("The schedule must have a phase that is current now.", param="phases")
    fields["current_phase"] = {name: current[name] for name in ("start_date", "end_date")}
    changes.update(db, schedule, "subscription_schedule.updated", **fields)
    subscription = subscriptions.found(db, schedule.body["subscription"])
    subscription.private["phase_ends_at"] = current["end_date"]
    subscriptions.set_alarm(db, subscription)
    if "phases" in fields:
        _take(db, subscription, current, Terms(proration=proration))


def release(db: Database, schedule: Document) -> None:
    """The subscription goes on as it is, without the schedule."""
    require_active(schedule)
    subscription = subscriptions.found(db, schedule.body["subscription"])
    let_go: Body = {"released_subscription": subscription.id, "subscription": None}
    _close(db, schedule, "released", released_at=clock.now(db), **let_go)
    subscription.private.pop("phase_ends_at", None)
    subscriptions.change(db, subscription, schedule=None)


def cancel(db: Database, schedule: Document) -> None:
    """With its subscription, at once."""
    require_active(schedule)
    _close(db, schedule, "canceled", canceled_at=clock.now(db))
    subscription = subscriptions.found(db, schedule.body["subscription"])
    subscription.private.pop("phase_ends_at", None)
    if subscription.body["status"] not in subscriptions.OVER:
        subscriptions.end(db, subscription, reason="cancellation_requested")


def end_phase(db: Database, subscription: Document) -> None:
    """Time has passed: on to the next phase, or to what comes after the last one."""
    schedule = found_of(db, subscription)
    now = clock.now(db)
    following = [one for one in schedule.body["phases"] if one["start_date"] <= now < one["end_date"]]
    if following:
        current = {name: following[0][name] for name in ("start_date", "end_date")}
        changes.update(db, schedule, "subscription_schedule.updated", current_phase=current)
        subscription.private["phase_ends_at"] = following[0]["end_date"]
        _enter(db, subscription, following[0])
    elif schedule.body["end_behavior"] == "release":
        release(db, schedule)
        subscription.private.pop("phase_ends_at", None)
    else:
        _close(db, schedule, "completed", completed_at=now)
        subscription.private.pop("phase_ends_at", None)
        subscriptions.end(db, subscription)


def found_of(db: Database, subscription: Document) -> Document:
    """The schedule of a subscription. Raises StripeError when it has none."""
    schedule = documents.find(db, "subscription_schedule", subscription.body["schedule"])
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
    _take(db, subscription, entered, terms)


def _take(db: Database, subscription: Document, entered: Body, terms: Terms) -> None:
    """The subscription is as this phase wants it: its items, and what it is called."""
    fields = {"description": entered["description"]} if entered["description"] else {}
    subscriptions.change(db, subscription, metadata=entered["metadata"], **fields)
    had = sorted((item["price"]["id"], item["quantity"]) for item in subscriptions.items_of(subscription))
    if had != sorted((item["price"], item["quantity"]) for item in entered["items"]):
        item_changes.make(db, subscription, _changes(subscription, entered), terms)


def _close(db: Database, schedule: Document, status: str, **fields: Any) -> None:
    changes.change(db, schedule, f"subscription_schedule.{status}", status=status, current_phase=None, **fields)
