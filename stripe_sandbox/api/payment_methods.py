"""/v1/payment_methods, also as /v1/customers/{id}/payment_methods"""

from stripe_sandbox.api.acting import acting_on
from stripe_sandbox.api.endpoints import Call, Endpoint
from stripe_sandbox.api.paging import PAGING
from stripe_sandbox.api.params import Choice, Text
from stripe_sandbox.api.resources import resource
from stripe_sandbox.objects import Body, Document
from stripe_sandbox.payments import saved_methods

_FILTERS = {
    "allow_redisplay": Choice(("always", "limited", "unspecified")),
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
    Endpoint("POST", "/v1/payment_methods/{id}/attach", attach, {"customer": Text()}, required=("customer",)),
    Endpoint("POST", "/v1/payment_methods/{id}/detach", detach),
    Endpoint("GET", "/v1/customers/{id}/payment_methods", listed_of_customer, {**PAGING, **_FILTERS}),
]
