"""/v1/charges"""

from stripe_sandbox.api.endpoints import Call, Endpoint
from stripe_sandbox.api.paging import CREATED, PAGING, Query, page
from stripe_sandbox.api.params import Text
from stripe_sandbox.objects.documents import Body

_PATHS = {"customer": "$.customer", "payment_intent": "$.payment_intent", "transfer_group": "$.transfer_group"}


def retrieve(call: Call) -> Body:
    """The charge with the call's id, as Stripe's object. Raises StripeError (404)."""
    return call.document("charge").body


def listed(call: Call) -> Body:
    """A page of charges, newest first, filtered by the call's parameters, as a list object. Raises StripeError."""
    return page(call.db, Query("charge").matching(call.params, _PATHS), call.params, url=call.path)


ENDPOINTS = [
    Endpoint("GET", "/v1/charges", listed, {**PAGING, **CREATED, **{name: Text() for name in _PATHS}}),
    Endpoint("GET", "/v1/charges/{id}", retrieve),
]
