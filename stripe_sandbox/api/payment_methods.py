"""/v1/payment_methods, also as /v1/customers/{id}/payment_methods"""

from stripe_sandbox.api.endpoints import Call, Endpoint
from stripe_sandbox.api.paging import PAGING, Query, page
from stripe_sandbox.api.params import Choice, Text
from stripe_sandbox.errors import no_such
from stripe_sandbox.objects import documents
from stripe_sandbox.objects.documents import Body
from stripe_sandbox.payments import saved_methods

_FILTERS = {
    "allow_redisplay": Choice(("always", "limited", "unspecified")),
    "type": Choice(("card", "link", "us_bank_account")),
}


def retrieve(call: Call) -> Body:
    """The payment method with the call's id, as Stripe's object. Raises StripeError (404)."""
    return call.document("payment_method").body


def listed(call: Call) -> Body:
    """A page of payment methods, newest first, filtered by the call's parameters, as a list object.

    Raises StripeError.
    """
    paths = {name: f"$.{name}" for name in ("allow_redisplay", "customer", "type")}
    return page(call.db, Query("payment_method").matching(call.params, paths), call.params, url=call.path)


def listed_of_customer(call: Call) -> Body:
    """A page of payment methods, newest first, filtered by the call's parameters, as a list object.

    Raises StripeError.
    """
    call.document("customer")
    call.params["customer"] = call.id
    return listed(call)


def attach(call: Call) -> Body:
    """Attach the payment method with the call's id, as the parameters say; returns Stripe's object.

    Raises StripeError.
    """
    customer = documents.find(call.db, "customer", call.params["customer"])
    if customer is None:
        raise no_such("customer", call.params["customer"], param="customer", status=400)
    method = saved_methods.find(call.db, call.id)
    saved_methods.attach(call.db, method, customer, cause=call.cause)
    return method.body


def detach(call: Call) -> Body:
    """Detach the payment method with the call's id, as the parameters say; returns Stripe's object.

    Raises StripeError.
    """
    method = call.document("payment_method")
    saved_methods.detach(call.db, method, cause=call.cause)
    return method.body


ENDPOINTS = [
    Endpoint("GET", "/v1/payment_methods", listed, {**PAGING, **_FILTERS, "customer": Text()}),
    Endpoint("GET", "/v1/payment_methods/{id}", retrieve),
    Endpoint("POST", "/v1/payment_methods/{id}/attach", attach, {"customer": Text()}, required=("customer",)),
    Endpoint("POST", "/v1/payment_methods/{id}/detach", detach),
    Endpoint("GET", "/v1/customers/{id}/payment_methods", listed_of_customer, {**PAGING, **_FILTERS}),
]
