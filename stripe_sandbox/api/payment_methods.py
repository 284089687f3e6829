"""/v1/payment_methods, also as /v1/customers/{id}/payment_methods"""

from stripe_sandbox.api.acting import acting_on
from stripe_sandbox.api.customers import ADDRESS
from stripe_sandbox.api.endpoints import Call, Endpoint
from stripe_sandbox.api.paging import PAGING
from stripe_sandbox.api.params import Choice, Integer, Kind, Metadata, Shape, Text, Unsupported, each, refused
from stripe_sandbox.api.resources import resource
from stripe_sandbox.objects import Body, Document
from stripe_sandbox.payments import saved_methods

_SHOWN = Choice(("always", "limited", "unspecified"))
_TEXT = Text(clearable=True)
_UPDATE: dict[str, Kind] = {
    "allow_redisplay": _SHOWN,
    "billing_details": Shape({"address": Shape(ADDRESS), **each("email name phone", _TEXT), "tax_id": Unsupported()}),
    "card": Shape({"exp_month": Integer(1, 12), "exp_year": Integer(2000, 2100), "networks": Unsupported()}),
    "metadata": Metadata(),
    **refused("us_bank_account"),
}
_FILTERS = {
    "allow_redisplay": _SHOWN,
    "type": Choice(("card", "link", "us_bank_account")),
}
_OF_ALL = resource("payment_method", "/v1/payment_methods", {**_FILTERS, "customer": Text()}, is_dated=False)


def attach(call: Call) -> Body:
    """Attach the payment method with the call's id, as the parameters say; returns Stripe's object.

    Raises StripeError.
    """
    customer = call.named("customer", "customer")
    method = saved_methods.find(call.db, call.id)
    saved_methods.attach(call.db, method, customer)
    return method.body


@acting_on("payment_method")
def update(call: Call, method: Document) -> None:
    """Change the payment method with the call's id: another expiry date, or who it belongs to. Raises StripeError."""
    fields = call.fields
    if "billing_details" in fields:
        given = {name: None if value == "" else value for name, value in fields["billing_details"].items()}
        fields["billing_details"] = given
    saved_methods.update(call.db, method, fields)


@acting_on("payment_method")
def detach(call: Call, method: Document) -> None:
    """Detach the payment method with the call's id, as the parameters say; returns Stripe's object.

    Raises StripeError.
    """
    saved_methods.detach(call.db, method)


def listed_of_customer(call: Call) -> Body:
    """A page of payment methods, newest first, filtered by the call's parameters, as a list object.

    Raises StripeError.
    """
    call.document("customer")
    call.params["customer"] = call.id
    return _OF_ALL[0].handle(call)


ENDPOINTS = [
    *_OF_ALL,
    Endpoint("POST", "/v1/payment_methods/{id}", update, _UPDATE),
    Endpoint("POST", "/v1/payment_methods/{id}/attach", attach, {"customer": Text()}, required=("customer",)),
    Endpoint("POST", "/v1/payment_methods/{id}/detach", detach),
    Endpoint("GET", "/v1/customers/{id}/payment_methods", listed_of_customer, {**PAGING, **_FILTERS}),
]
