"""/v1/balance_transactions"""

from stripe_sandbox.api.endpoints import Call, Endpoint
from stripe_sandbox.api.paging import CREATED, PAGING, Query, page
from stripe_sandbox.api.params import Text, Unsupported
from stripe_sandbox.objects.documents import Body

_PATHS = {"currency": "$.currency", "source": "$.source", "type": "$.type"}


def retrieve(call: Call) -> Body:
    """The balance transaction with the call's id, as Stripe's object. Raises StripeError (404)."""
    return call.document("balance_transaction").body


def listed(call: Call) -> Body:
    """A page of balance transactions, newest first, filtered by the call's parameters, as a list object.

    Raises StripeError.
    """
    return page(call.db, Query("balance_transaction").matching(call.params, _PATHS), call.params, url=call.path)


ENDPOINTS = [
    Endpoint(
        "GET",
        "/v1/balance_transactions",
        listed,
        {**PAGING, **CREATED, **{name: Text() for name in _PATHS}, "payout": Unsupported()},
    ),
    Endpoint("GET", "/v1/balance_transactions/{id}", retrieve),
]
