"""/v1/payment_intents"""

from stripe_sandbox.api.endpoints import Call, Endpoint
from stripe_sandbox.api.paging import CREATED, PAGING, Query, page
from stripe_sandbox.api.params import Choice, Text
from stripe_sandbox.objects.documents import Body
from stripe_sandbox.payments import intents

_REASONS = Choice(("abandoned", "duplicate", "fraudulent", "requested_by_customer"))


def retrieve(call: Call) -> Body:
    """The PaymentIntent with the call's id, as Stripe's object. Raises StripeError (404)."""
    return call.document("payment_intent", param="intent").body


def listed(call: Call) -> Body:
    """A page of PaymentIntents, newest first, filtered by the call's parameters, as a list object.

    Raises StripeError.
    """
    query = Query("payment_intent").matching(call.params, {"customer": "$.customer"})
    return page(call.db, query, call.params, url=call.path)


def cancel(call: Call) -> Body:
    """Cancel the PaymentIntent with the call's id, as the parameters say; returns Stripe's object.

    Raises StripeError.
    """
    intent = call.document("payment_intent", param="intent")
    return intents.cancel(call.db, intent, reason=call.params.get("cancellation_reason"), cause=call.cause).body


ENDPOINTS = [
    Endpoint("GET", "/v1/payment_intents", listed, {**PAGING, **CREATED, "customer": Text()}),
    Endpoint("GET", "/v1/payment_intents/{id}", retrieve),
    Endpoint("POST", "/v1/payment_intents/{id}/cancel", cancel, {"cancellation_reason": _REASONS}),
]
