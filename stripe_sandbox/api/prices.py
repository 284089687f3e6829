"""/v1/prices"""

from stripe_sandbox.api.endpoints import Call, Endpoint
from stripe_sandbox.api.paging import CREATED, PAGING, Query, page
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
)
from stripe_sandbox.catalogue import prices
from stripe_sandbox.objects.documents import Body

INTERVALS = Choice(("day", "month", "week", "year"))
RECURRING = Shape(
    {
        "interval": INTERVALS,
        "interval_count": Integer(least=1),
        "meter": Unsupported(),
        "trial_period_days": Unsupported(),
        "usage_type": Unsupported(unless=("licensed",)),
    },
    required=("interval",),
)
AMOUNT: dict[str, Kind] = {
    "currency": Text(),
    "currency_options": Unsupported(),
    "custom_unit_amount": Unsupported(),
    "recurring": RECURRING,
    "tax_behavior": Choice(("exclusive", "inclusive", "unspecified")),
    "unit_amount": Integer(least=0),
    "unit_amount_decimal": Decimal(),
}
_PRODUCT_DATA = Shape(
    {
        "active": Flag(),
        "id": Text(),
        "metadata": Metadata(),
        "name": Text(),
        "statement_descriptor": Text(longest=22),
        "tax_code": Text(),
        "tax_details": Unsupported(),
        "unit_label": Text(),
    },
    required=("name",),
)
_CHANGEABLE: dict[str, Kind] = {
    "active": Flag(),
    "currency_options": Unsupported(),
    "lookup_key": Text(longest=200),
    "metadata": Metadata(),
    "nickname": Text(),
    "tax_behavior": Choice(("exclusive", "inclusive", "unspecified")),
    "transfer_lookup_key": Flag(),
}
_CREATE: dict[str, Kind] = {
    **{name: Unsupported() for name in ("tiers", "tiers_mode", "transform_quantity")},
    **AMOUNT,
    **_CHANGEABLE,
    "billing_scheme": Unsupported(unless=("per_unit",)),
    "product": Text(),
    "product_data": _PRODUCT_DATA,
}
_FILTERS: dict[str, Kind] = {
    "active": Flag(),
    "currency": Text(),
    "lookup_keys": Listing(Text(), most=10),
    "product": Text(),
    "recurring": Shape({"interval": INTERVALS, "meter": Unsupported(), "usage_type": Choice(("licensed", "metered"))}),
    "type": Choice(("one_time", "recurring")),
}


def create(call: Call) -> Body:
    """Create a price from the call's parameters; returns Stripe's object. Raises StripeError."""
    return prices.create(call.db, _fields(call), cause=call.cause).body


def update(call: Call) -> Body:
    """Change the price with the call's id; returns Stripe's object. Raises StripeError."""
    return prices.update(call.db, call.document("price"), _fields(call), cause=call.cause).body


def retrieve(call: Call) -> Body:
    """The price with the call's id, as Stripe's object. Raises StripeError (404)."""
    return call.document("price").body


def listed(call: Call) -> Body:
    """A page of prices, newest first, filtered by the call's parameters, as a list object. Raises StripeError."""
    paths = {name: f"$.{name}" for name in ("active", "currency", "product", "type")}
    query = Query("price").matching(call.params, paths)
    query.matching(
        call.params.get("recurring", {}), {name: f"$.recurring.{name}" for name in ("interval", "usage_type")}
    )
    if keys := call.params.get("lookup_keys"):
        query.where(f"json_extract(body, '$.lookup_key') IN ({', '.join('?' * len(keys))})", *keys)
    return page(call.db, query, call.params, url=call.path)


def _fields(call: Call) -> Body:
    return {name: value for name, value in call.params.items() if name != "expand"}


ENDPOINTS = [
    Endpoint("POST", "/v1/prices", create, _CREATE, required=("currency",)),
    Endpoint("GET", "/v1/prices", listed, {**PAGING, **CREATED, **_FILTERS}),
    Endpoint("GET", "/v1/prices/{id}", retrieve),
    Endpoint("POST", "/v1/prices/{id}", update, _CHANGEABLE),
]
