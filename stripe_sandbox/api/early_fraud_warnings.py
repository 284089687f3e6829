"""/v1/radar/early_fraud_warnings"""

from stripe_sandbox.api.endpoints import Call, Endpoint
from stripe_sandbox.api.paging import CREATED, PAGING, Query, page
from stripe_sandbox.api.params import Text
from stripe_sandbox.objects.documents import Body

_KIND = "radar.early_fraud_warning"
_PATHS = {"charge": "$.charge", "payment_intent": "$.payment_intent"}


def retrieve(call: Call) -> Body:
    """The early fraud warning with the call's id, as Stripe's object. Raises StripeError (404)."""
    return call.document(_KIND).body


def listed(call: Call) -> Body:
    """A page of early fraud warnings, newest first, filtered by the call's parameters, as a list object.

    Raises StripeError.
    """
    return page(call.db, Query(_KIND).matching(call.params, _PATHS), call.params, url=call.path)


ENDPOINTS = [
    Endpoint(
        "GET", "/v1/radar/early_fraud_warnings", listed, {**PAGING, **CREATED, **{name: Text() for name in _PATHS}}
    ),
    Endpoint("GET", "/v1/radar/early_fraud_warnings/{id}", retrieve),
]
