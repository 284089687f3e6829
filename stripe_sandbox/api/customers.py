"""/v1/customers"""

from stripe_sandbox.api.endpoints import Call, Endpoint
from stripe_sandbox.api.paging import PAGING, page_within
from stripe_sandbox.api.params import Choice, Kind, Listing, Metadata, Shape, Text, Unsupported, each, refused
from stripe_sandbox.api.resources import resource
from stripe_sandbox.billing import test_clocks
from stripe_sandbox.catalogue import customers
from stripe_sandbox.checkout import forms
from stripe_sandbox.errors import StripeError, no_such
from stripe_sandbox.objects import Body, documents
from stripe_sandbox.payments import saved_methods

_TEXT = Text(clearable=True)
ADDRESS = dict.fromkeys(("city", "country", "line1", "line2", "postal_code", "state"), _TEXT)

_FIELDS: dict[str, Kind] = {
    "address": Shape(ADDRESS, clearable=True),
    "balance": Unsupported(unless=("0",)),
    **each("business_name description individual_name", _TEXT),
    "email": Text(longest=512, clearable=True),
    "invoice_settings": Shape({"default_payment_method": _TEXT, "footer": _TEXT}),
    "metadata": Metadata(),
    "name": Text(longest=256, clearable=True),
    "phone": Text(longest=20, clearable=True),
    "preferred_locales": Listing(Text()),
    "shipping": Shape(
        {"address": Shape(ADDRESS), "name": Text(), "phone": _TEXT}, required=("address", "name"), clearable=True
    ),
    **refused("tax validate"),
    "tax_exempt": Choice(("none", "exempt", "reverse")),
}


def create(call: Call) -> Body:
    """Create a customer from the call's parameters; returns Stripe's object. Raises StripeError."""
    fields = _fields(call)
    _require_saved(call, fields)
    test_clock = call.named(test_clocks.KIND, "test_clock") if "test_clock" in fields else None
    with test_clocks.time_of(call.db, test_clock):
        return customers.create(call.db, fields).body


def update(call: Call) -> Body:
    """Change the customer with the call's id; returns Stripe's object. Raises StripeError."""
    customer, fields = call.document("customer"), _fields(call)
    _require_saved(call, fields)
    return customers.update(call.db, customer, fields).body


def _require_saved(call: Call, fields: Body) -> None:
    """The default must be one of the customer's own methods; a new customer has none."""
    method_id = fields.get("invoice_settings", {}).get("default_payment_method")
    saved = saved_methods.of_customer(call.db, call.id) if call.id else []
    if method_id and method_id not in {method.id for method in saved}:
        raise no_such("payment_method", method_id, param="invoice_settings[default_payment_method]")


def _fields(call: Call) -> Body:
    email = call.params.get("email")
    if email and not forms.is_email(email):
        raise StripeError(f"Invalid email address: {email}", code="email_invalid", param="email")
    return call.fields


def tax_ids(call: Call) -> Body:
    """The tax IDs that the customer gave on the hosted page, as a list object."""
    customer = call.document("customer")
    found = documents.about(call.db, "tax_id", "customer", customer.id)[::-1]
    return page_within([each.body for each in found], call.params, call.path)


ENDPOINTS = [
    Endpoint("POST", "/v1/customers", create, {**_FIELDS, "test_clock": Text()}),
    *resource("customer", "/v1/customers", {"email": Text()}),
    Endpoint("POST", "/v1/customers/{id}", update, _FIELDS),
    Endpoint("GET", "/v1/customers/{id}/tax_ids", tax_ids, PAGING),
]
