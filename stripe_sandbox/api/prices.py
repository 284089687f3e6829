"""/v1/prices"""

from collections.abc import Mapping
from typing import Any

from stripe_sandbox.api.endpoints import Call, Endpoint
from stripe_sandbox.api.paging import Query
from stripe_sandbox.api.params import (
    Choice,
    Decimal,
    Flag,
    Integer,
    Kind,
    Listing,
    Metadata,
    Shape,
    Text,
    Unsupported,
    each,
    refused,
)
from stripe_sandbox.api.resources import resource
from stripe_sandbox.catalogue import prices
from stripe_sandbox.objects import Body

INTERVALS = Choice(("day", "month", "week", "year"))
RECURRING = Shape(
    {
        "interval": INTERVALS,
        "interval_count": Integer(least=1),
        **refused("meter trial_period_days"),
        "usage_type": Unsupported(unless=("licensed",)),
    },
    required=("interval",),
)
AMOUNT: dict[str, Kind] = {
    "currency": Text(),
    **refused("currency_options custom_unit_amount"),
    "recurring": RECURRING,
    "tax_behavior": Choice(("exclusive", "inclusive", "unspecified")),
    "unit_amount": Integer(least=0),
    "unit_amount_decimal": Decimal(),
}
_PRODUCT_DATA = Shape(
    {
        "active": Flag(),
        **each("id name tax_code unit_label", Text()),
        "metadata": Metadata(),
        "statement_descriptor": Text(longest=22),
        "tax_details": Unsupported(),
    },
    required=("name",),
)
_CHANGEABLE: dict[str, Kind] = {
    **each("active transfer_lookup_key", Flag()),
    "currency_options": Unsupported(),
    "lookup_key": Text(longest=200),
    "metadata": Metadata(),
    "nickname": Text(),
    "tax_behavior": Choice(("exclusive", "inclusive", "unspecified")),
}
_CREATE: dict[str, Kind] = {
    **refused("tiers tiers_mode transform_quantity"),
    **AMOUNT,
    **_CHANGEABLE,
    "billing_scheme": Unsupported(unless=("per_unit",)),
    "product": Text(),
    "product_data": _PRODUCT_DATA,
}
_FILTERS: dict[str, Kind] = {
    "active": Flag(),
    **each("currency product", Text()),
    "recurring": Shape({"interval": INTERVALS, "meter": Unsupported(), "usage_type": Choice(("licensed", "metered"))}),
    "type": Choice(("one_time", "recurring")),
}


def _narrow(query: Query, params: Mapping[str, Any]) -> None:
    query.among("json_extract(body, '$.lookup_key')", params.get("lookup_keys"))


def create(call: Call) -> Body:
    """Create a price from the call's parameters; returns Stripe's object. Raises StripeError."""
    return prices.create(call.db, call.fields).body


def update(call: Call) -> Body:
    """Change the price with the call's id; returns Stripe's object. Raises StripeError."""
    return prices.update(call.db, call.document("price"), call.fields).body


ENDPOINTS = [
    Endpoint("POST", "/v1/prices", create, _CREATE, required=("currency",)),
    *resource("price", "/v1/prices", _FILTERS, special={"lookup_keys": Listing(Text(), most=10)}, narrow=_narrow),
    Endpoint("POST", "/v1/prices/{id}", update, _CHANGEABLE),
]
