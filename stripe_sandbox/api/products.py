"""/v1/products"""

from stripe_sandbox.api.endpoints import Call, Endpoint
from stripe_sandbox.api.paging import CREATED, PAGING, Query, page
from stripe_sandbox.api.params import Choice, Flag, Kind, Listing, Metadata, Shape, Text, Unsupported
from stripe_sandbox.api.prices import AMOUNT
from stripe_sandbox.catalogue import prices, products
from stripe_sandbox.objects.documents import Body

_FEATURES = Listing(Shape({"name": Text(longest=80)}, required=("name",)), most=15)
_FIELDS: dict[str, Kind] = {
    **{name: Unsupported() for name in ("package_dimensions", "shippable", "tax_details")},
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
_UPDATE: dict[str, Kind] = {**_FIELDS, **dict.fromkeys(_OPTIONAL, Text(clearable=True)), "default_price": Text()}


def create(call: Call) -> Body:
    """Create a product from the call's parameters; returns Stripe's object. Raises StripeError."""
    fields = _fields(call)
    price_data = fields.pop("default_price_data", None)
    product = products.create(call.db, fields, cause=call.cause)
    if price_data:
        price = prices.create(call.db, {**price_data, "product": product.id}, cause=call.cause)
        products.update(call.db, product, {"default_price": price.id}, cause=call.cause)
    return product.body


def update(call: Call) -> Body:
    """Change the product with the call's id; returns Stripe's object. Raises StripeError."""
    if "default_price" in call.params:
        prices.found(call.db, call.params["default_price"], param="default_price")
    return products.update(call.db, call.document("product"), _fields(call), cause=call.cause).body


def retrieve(call: Call) -> Body:
    """The product with the call's id, as Stripe's object. Raises StripeError (404)."""
    return call.document("product").body


def listed(call: Call) -> Body:
    """A page of products, newest first, filtered by the call's parameters, as a list object. Raises StripeError."""
    query = Query("product").matching(call.params, {"active": "$.active", "url": "$.url"})
    if wanted := call.params.get("ids"):
        query.where(f"id IN ({', '.join('?' * len(wanted))})", *wanted)
    return page(call.db, query, call.params, url=call.path)


def _fields(call: Call) -> Body:
    return {name: value for name, value in call.params.items() if name != "expand"}


ENDPOINTS = [
    Endpoint("POST", "/v1/products", create, _CREATE, required=("name",)),
    Endpoint(
        "GET",
        "/v1/products",
        listed,
        {**PAGING, **CREATED, "active": Flag(), "ids": Listing(Text()), "url": Text()},
    ),
    Endpoint("GET", "/v1/products/{id}", retrieve),
    Endpoint("POST", "/v1/products/{id}", update, _UPDATE),
]
