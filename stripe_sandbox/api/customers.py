"""/v1/customers"""

from stripe_sandbox.api.endpoints import Call, Endpoint
from stripe_sandbox.api.paging import CREATED, PAGING, Query, page
from stripe_sandbox.api.params import Choice, Kind, Listing, Metadata, Shape, Text, Unsupported
from stripe_sandbox.billing import test_clocks
from stripe_sandbox.catalogue import customers
from stripe_sandbox.checkout import card_form
from stripe_sandbox.errors import StripeError, no_such
from stripe_sandbox.objects.documents import Body
from stripe_sandbox.payments import saved_methods

_TEXT = Text(clearable=True)
ADDRESS = dict.fromkeys(("city", "country", "line1", "line2", "postal_code", "state"), _TEXT)

_FIELDS: dict[str, Kind] = {
    "address": Shape(ADDRESS, clearable=True),
    "balance": Unsupported(unless=("0",)),
    "business_name": _TEXT,
    "description": _TEXT,
    "email": Text(longest=512, clearable=True),
    "individual_name": _TEXT,
    "invoice_settings": Shape({"default_payment_method": _TEXT, "footer": _TEXT}),
    "metadata": Metadata(),
    "name": Text(longest=256, clearable=True),
    "phone": Text(longest=20, clearable=True),
    "preferred_locales": Listing(Text()),
    "shipping": Shape(
        {"address": Shape(ADDRESS), "name": Text(), "phone": _TEXT}, required=("address", "name"), clearable=True
    ),
    "tax": Unsupported(),
    "tax_exempt": Choice(("none", "exempt", "reverse")),
    "validate": Unsupported(),
}


def create(call: Call) -> Body:
    """Create a customer from the call's parameters; returns Stripe's object. Raises StripeError."""
    fields = _fields(call)
    _require_saved(call, fields)
    if "test_clock" in fields:
        with test_clocks.time_of(call.db, test_clocks.found(call.db, fields["test_clock"])):
            return customers.create(call.db, fields, cause=call.cause).body
    return customers.create(call.db, fields, cause=call.cause).body


def update(call: Call) -> Body:
    """Change the customer with the call's id; returns Stripe's object. Raises StripeError."""
    customer, fields = call.document("customer"), _fields(call)
    _require_saved(call, fields)
    return customers.update(call.db, customer, fields, cause=call.cause).body


def retrieve(call: Call) -> Body:
    """The customer with the call's id, as Stripe's object. Raises StripeError (404)."""
    return call.document("customer").body


def listed(call: Call) -> Body:
    """A page of customers, newest first, filtered by the call's parameters, as a list object. Raises StripeError."""
    query = Query("customer").matching(call.params, {"email": "$.email"})
    return page(call.db, query, call.params, url=call.path)


def _require_saved(call: Call, fields: Body) -> None:
    """The default must be one of the customer's own methods; a new customer has none."""
    method_id = fields.get("invoice_settings", {}).get("default_payment_method")
    saved = saved_methods.of_customer(call.db, call.id) if call.id else []
    if method_id and method_id not in {method.id for method in saved}:
        raise no_such("PaymentMethod", method_id, param="invoice_settings[default_payment_method]", status=400)


def _fields(call: Call) -> Body:
    email = call.params.get("email")
    if email and not card_form.is_email(email):
        raise StripeError(f"Invalid email address: {email}", code="email_invalid", param="email")
    return {name: value for name, value in call.params.items() if name != "expand"}


ENDPOINTS = [
    Endpoint("POST", "/v1/customers", create, {**_FIELDS, "test_clock": Text()}),
    Endpoint("GET", "/v1/customers", listed, {**PAGING, **CREATED, "email": Text()}),
    Endpoint("GET", "/v1/customers/{id}", retrieve),
    Endpoint("POST", "/v1/customers/{id}", update, _FIELDS),
]
