"""/v1/subscription_schedules"""

from stripe_sandbox.api.acting import acting_on
from stripe_sandbox.api.endpoints import Call, Endpoint
from stripe_sandbox.api.params import (
    Choice,
    Integer,
    IntegerOrWord,
    Kind,
    Listing,
    Metadata,
    Shape,
    Text,
    Unsupported,
    refused,
)
from stripe_sandbox.api.prices import INTERVALS
from stripe_sandbox.api.resources import resource
from stripe_sandbox.api.subscription_params import PRORATION
from stripe_sandbox.billing import schedules, subscriptions, test_clocks
from stripe_sandbox.catalogue import prices
from stripe_sandbox.errors import StripeError, missing
from stripe_sandbox.objects import Body, Document
from stripe_sandbox.store import clock

_ITEM = Shape(
    {
        **refused("billing_thresholds discounts metadata plan price_data tax_rates"),
        "price": Text(),
        "quantity": Integer(least=1),
    },
    required=("price",),
)
_PHASE = Shape(
    {
        **refused(
            "add_invoice_items application_fee_percent automatic_tax billing_cycle_anchor billing_thresholds "
            "collection_method default_payment_method default_tax_rates discounts invoice_settings on_behalf_of "
            "transfer_data trial trial_end"
        ),
        "currency": Text(),
        "description": Text(clearable=True),
        "duration": Shape({"interval": INTERVALS, "interval_count": Integer(least=1)}, required=("interval",)),
        "end_date": IntegerOrWord(("now",)),
        "items": Listing(_ITEM, most=20),
        "metadata": Metadata(),
        "proration_behavior": PRORATION,
        "start_date": IntegerOrWord(("now",)),
    },
    required=("items",),
)
_FIELDS: dict[str, Kind] = {
    **refused("default_settings pause_schedules"),
    "end_behavior": Choice(("cancel", "release")),
    "metadata": Metadata(),
    "phases": Listing(_PHASE, most=10),
}
_CREATE: dict[str, Kind] = {
    **refused("billing_mode customer customer_account start_date"),
    **refused("default_settings end_behavior pause_schedules phases"),
    "from_subscription": Text(),
}
_OFF = Unsupported(unless=("false",))


def create(call: Call) -> Body:
    """Create a schedule from an existing subscription, as Stripe does for `from_subscription`. Raises StripeError."""
    if "from_subscription" not in call.params:
        raise missing("from_subscription")
    subscription = subscriptions.found(call.db, call.params["from_subscription"], param="from_subscription")
    with test_clocks.time_of(call.db, subscription):
        return schedules.from_subscription(call.db, subscription).body


@acting_on("subscription_schedule", param="schedule")
def update(call: Call, schedule: Document) -> None:
    """Change the subscription schedule with the call's id; returns Stripe's object. Raises StripeError."""
    params = call.params
    fields: Body = {name: params[name] for name in ("end_behavior", "metadata") if name in params}
    if "phases" in params:
        fields["phases"] = _phases(call, schedule)
    proration = params.get("proration_behavior", "create_prorations")
    schedules.update(call.db, schedule, proration=proration, **fields)


@acting_on("subscription_schedule", param="schedule")
def release(call: Call, schedule: Document) -> None:
    """Release the subscription schedule with the call's id, as the parameters say; returns Stripe's object.

    Raises StripeError.
    """
    schedules.release(call.db, schedule)


@acting_on("subscription_schedule", param="schedule")
def cancel(call: Call, schedule: Document) -> None:
    """Cancel the subscription schedule with the call's id, as the parameters say; returns Stripe's object.

    Raises StripeError.
    """
    schedules.cancel(call.db, schedule)


def _phases(call: Call, schedule: Document) -> list[Body]:
    """They follow one another without gaps; the current one must keep its start."""
    found: list[Body] = []
    kept = (schedule.body["current_phase"] or {}).get("start_date")
    for place, wanted in enumerate(call.params["phases"]):
        where = f"phases[{place}]"
        start = found[-1]["end_date"] if found else _start(call, wanted, kept)
        if found and wanted.get("start_date", start) != start:
            raise StripeError("Phases must start where the one before ends.", param=f"{where}[start_date]")
        end = _end(call, wanted, start, where)
        items = [schedules.phase_item(item["price"], item.get("quantity", 1)) for item in wanted["items"]]
        fields = {name: wanted[name] for name in ("description", "proration_behavior") if name in wanted}
        fields["metadata"] = wanted.get("metadata") or {}
        currency = schedule.body["phases"][0]["currency"]
        if wanted.get("currency", currency) != currency:
            raise StripeError("The currency of a subscription cannot be changed.", param=f"{where}[currency]")
        found.append(schedules.phase(items, currency=currency, start=start, end=end, **fields))
    return found


def _start(call: Call, wanted: Body, kept: int | None) -> int:
    start = wanted.get("start_date", kept)
    if start != kept:
        raise StripeError("You can not modify the start date of the current phase.", param="phases[0][start_date]")
    return int(kept or clock.now(call.db))


def _end(call: Call, wanted: Body, start: int, where: str) -> int:
    price = prices.sold(call.db, wanted["items"][0]["price"], param=f"{where}[items][0][price]")
    if price.body["recurring"] is None:
        raise StripeError("The price specified must be recurring.", param=f"{where}[items][0][price]")
    if wanted.get("end_date") == "now":
        return clock.now(call.db)
    if "end_date" in wanted:
        if wanted["end_date"] <= start:
            raise StripeError("A phase must end after it starts.", param=f"{where}[end_date]")
        return int(wanted["end_date"])
    return schedules.end_of(start, wanted.get("duration") or price.body["recurring"])


ENDPOINTS = [
    Endpoint("POST", "/v1/subscription_schedules", create, _CREATE),
    *resource("subscription_schedule", "/v1/subscription_schedules", {"customer": Text()}, param="schedule"),
    Endpoint("POST", "/v1/subscription_schedules/{id}", update, {**_FIELDS, "proration_behavior": PRORATION}),
    Endpoint("POST", "/v1/subscription_schedules/{id}/release", release, {"preserve_cancel_date": _OFF}),
    Endpoint("POST", "/v1/subscription_schedules/{id}/cancel", cancel, {"invoice_now": _OFF, "prorate": _OFF}),
]
