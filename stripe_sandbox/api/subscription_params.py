"""What a subscription's endpoints take; what the sandbox would have to act on, and does not, is refused."""

from stripe_sandbox.api.params import (
    Choice,
    Flag,
    Integer,
    IntegerOrWord,
    Kind,
    Listing,
    Metadata,
    OneOf,
    Shape,
    Text,
    Unsupported,
    each,
    refused,
)
from stripe_sandbox.api.prices import AMOUNT

PRORATION = Choice(("always_invoice", "create_prorations", "none"))
_TEXT = Text(clearable=True)
_FEEDBACK = (
    "customer_service low_quality missing_features other switched_service too_complex too_expensive unused"
).split()
CANCELLATION_DETAILS = Shape({"comment": _TEXT, "feedback": Choice((*_FEEDBACK, "")), "feedback_option": Unsupported()})
_ITEM_PRICE = Shape(
    {**{name: kind for name, kind in AMOUNT.items() if "custom" not in name}, "product": Text()},
    required=("currency", "product", "recurring"),
)
ITEM = Shape(
    {
        **refused("billing_thresholds clear_usage current_trial metadata plan"),
        "deleted": Flag(),
        **refused("discounts tax_rates", unless=("",)),
        **each("id price", Text()),
        "price_data": _ITEM_PRICE,
        "quantity": Integer(least=1, most=999_999),
    }
)
UPDATE: dict[str, Kind] = {
    **refused(
        "add_invoice_items application_fee_percent billing_schedules billing_thresholds days_until_due default_source "
        "default_tax_rates discounts invoice_settings on_behalf_of pause_collection payment_settings "
        "pending_invoice_item_interval transfer_data trial_end trial_from_plan trial_settings"
    ),
    "automatic_tax": Shape({"enabled": Unsupported(unless=("false",))}, required=("enabled",)),
    "billing_cycle_anchor": Shape({"type": Unsupported(unless=("unchanged",))}, required=("type",)),
    "cancel_at": IntegerOrWord(("max_period_end", "min_period_end"), clearable=True),
    "cancel_at_period_end": Flag(),
    "cancellation_details": CANCELLATION_DETAILS,
    "collection_method": Unsupported(unless=("charge_automatically",)),
    "default_payment_method": Text(),
    "description": _TEXT,
    "items": Listing(ITEM, most=20),
    "metadata": Metadata(),
    "off_session": Unsupported(unless=("false",)),
    "payment_behavior": OneOf(
        ("allow_incomplete", "default_incomplete", "error_if_incomplete", "pending_if_incomplete"),
        ("allow_incomplete", "error_if_incomplete", "pending_if_incomplete"),
    ),
    "proration_behavior": PRORATION,
    "proration_date": Integer(),
}
CANCEL: dict[str, Kind] = {
    "cancellation_details": CANCELLATION_DETAILS,
    **refused("invoice_now prorate", unless=("false",)),
}
FILTERS: dict[str, Kind] = {
    **refused("automatic_tax current_period_end current_period_start plan"),
    "collection_method": Choice(("charge_automatically", "send_invoice")),
    **each("customer test_clock", Text()),
}
SPECIAL_FILTERS: dict[str, Kind] = {
    "price": Text(),
    "status": Choice(
        tuple("active all canceled ended incomplete incomplete_expired past_due paused trialing unpaid".split())
    ),
}
