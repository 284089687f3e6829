"""Subscription schedules at Stripe: what becomes of one item when its period ends, while everything else continues.

Like everything at the gateway: never called while a database transaction is open, and raising only named errors.
"""

from __future__ import annotations

from typing import Any

from tokens.stripe_api.gateway import plain

Data = dict[str, Any]
# Every phase says anew what the subscription has: what a phase leaves out ends with it.
OF_A_PHASE = (
    "application_fee_percent automatic_tax billing_thresholds collection_method default_payment_method "
    "default_tax_rates description discounts invoice_settings metadata on_behalf_of transfer_data"
).split()
OF_AN_ITEM = "billing_thresholds discounts metadata quantity tax_rates".split()


def schedule_item(subscription: Data, item_id: str, *, price_id: str | None) -> None:
    """Let an item of a subscription (plain data, its schedule in whole) have another price once its period ends.

    With None it ends then. The other items continue. Raises StripeFailed.
    """
    items: list[Data] = subscription["items"]["data"]
    ours = next(item for item in items if item["id"] == item_id)
    others = [_item(item) for item in items if item is not ours]
    held = subscription["schedule"] or plain(
        lambda v1: v1.subscription_schedules.create(params={"from_subscription": subscription["id"]})
    )
    present = _present_phase(held)
    carried = _params(present, OF_A_PHASE)
    now: Any = {
        **carried,
        "items": [_item(item) for item in items],
        "start_date": present["start_date"],
        "end_date": ours["current_period_end"],
    }
    if present.get("trial_end"):
        now["trial_end"] = present["trial_end"]
    then: Any = {
        **carried,
        "items": [*([_item(ours) | {"price": price_id}] if price_id else []), *others],
        "duration": _params(ours["price"]["recurring"], ["interval", "interval_count"]),
        "proration_behavior": "none",
    }
    params: Any = {"end_behavior": "release", "phases": [now, then]}
    plain(lambda v1: v1.subscription_schedules.update(held["id"], params=params))


def release_schedule(schedule_id: str) -> None:
    """Release the schedule: the subscription continues as it is."""
    plain(lambda v1: v1.subscription_schedules.release(schedule_id))


def _present_phase(schedule: Data) -> Data:
    start = (schedule["current_phase"] or schedule["phases"][0])["start_date"]
    return next(phase for phase in schedule["phases"] if phase["start_date"] == start)


def _item(item: Data) -> Data:
    return {"price": item["price"]["id"], **_params(item, OF_AN_ITEM)}


def _params(found: Data, names: list[str]) -> Data:
    """Those fields of an answer as they are asked for: nothing for what is empty, ids for whole objects."""
    given = {name: _param(name, found.get(name)) for name in names}
    return {name: value for name, value in given.items() if value not in (None, [], {}, "")}


def _param(name: str, value: Any) -> Any:
    if isinstance(value, list):
        return [
            {"discount": each} if name == "discounts" and isinstance(each, str) else _param("", each) for each in value
        ]
    if not isinstance(value, dict):
        return value
    if "object" in value:
        return value["id"]
    return _params(value, [each for each in value if each != "disabled_reason"])
