"""/v1/products"""

from collections.abc import Mapping
from typing import Any

from stripe_sandbox.api.endpoints import Call, Endpoint
from stripe_sandbox.api.paging import Query
from stripe_sandbox.api.params import Choice, Flag, Kind, Listing, Metadata, Shape, Text, refused
from stripe_sandbox.api.prices import AMOUNT
from stripe_sandbox.api.resources import resource
from stripe_sandbox.catalogue import prices, products
from stripe_sandbox.objects import Body

_FEATURES = Listing(Shape({"name": Text(longest=80)}, required=("name",)), most=15)
_FIELDS: dict[str, Kind] = {
    **refused("package_dimensions shippable tax_details"),
    "active": Flag(),
    "images": Listing(Text(), most=8),
    "marketing_features": _FEATURES,
    "metadata": Metadata(),
    "name": Text(),
    "statement_descriptor": Text(longest=22),
}
_OPTIONAL = ("description", "tax_code", "unit_label", "url")
_CREATE: dict[str, Kind] = {
    **_FIELDS,
    **dict.fromkeys(_OPTIONAL, Text()),
    "default_price_data": Shape({**AMOUNT, "metadata": Metadata()}, required=("currency",)),
    "id": Text(),
    "type": Choice(("good", "service")),
}
_FILTERS: dict[str, Kind] = {"active": Flag(), "url": Text()}
_UPDATE: dict[str, Kind] = {**_FIELDS, **dict.fromkeys(_OPTIONAL, Text(clearable=True)), "default_price": Text()}


def create(call: Call) -> Body:
    """Create a product from the call's parameters; returns Stripe's object. Raises StripeError."""
    fields = call.fields
    price_data = fields.pop("default_price_data", None)
    product = products.create(call.db, fields)
    if price_data:
        price = prices.create(call.db, {**price_data, "product": product.id})
        products.update(call.db, product, {"default_price": price.id})
    return product.body


def update(call: Call) -> Body:
    """Change the product with the call's id; returns Stripe's object. Raises StripeError."""
    if "default_price" in call.params:
        call.named("price", "default_price")
    return products.update(call.db, call.document("product"), call.fields).body


def _narrow(query: Query, params: Mapping[str, Any]) -> None:
    query.among("id", params.get("ids"))


ENDPOINTS = [
    Endpoint("POST", "/v1/products", create, _CREATE, required=("name",)),
    *resource("product", "/v1/products", _FILTERS, special={"ids": Listing(Text())}, narrow=_narrow),
    Endpoint("POST", "/v1/products/{id}", update, _UPDATE),
]
