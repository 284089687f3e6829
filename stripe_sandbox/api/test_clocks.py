"""/v1/test_helpers/test_clocks"""

from stripe_sandbox.api.endpoints import Call, Endpoint
from stripe_sandbox.api.paging import PAGING, Query, page
from stripe_sandbox.api.params import Integer, Text
from stripe_sandbox.billing import test_clocks
from stripe_sandbox.objects.documents import Body

_KIND = "test_helpers.test_clock"


def create(call: Call) -> Body:
    """Create a test clock from the call's parameters; returns Stripe's object. Raises StripeError."""
    params = call.params
    return test_clocks.create(
        call.db, frozen_time=params["frozen_time"], name=params.get("name"), cause=call.cause
    ).body


def retrieve(call: Call) -> Body:
    """The test clock with the call's id, as Stripe's object. Raises StripeError (404)."""
    return call.document(_KIND, param="test_clock").body


def listed(call: Call) -> Body:
    """A page of test clocks, newest first, filtered by the call's parameters, as a list object. Raises StripeError."""
    return page(call.db, Query(_KIND), call.params, url=call.path)


def advance(call: Call) -> Body:
    """Stripe answers `advancing` and is `ready` some time later; here the work is done before the answer."""
    test_clock = call.document(_KIND, param="test_clock")
    test_clocks.advance(call.db, test_clock, to=call.params["frozen_time"], cause=call.cause)
    return test_clock.body


def delete(call: Call) -> Body:
    """Delete the test clock with the call's id. Raises StripeError (404)."""
    test_clocks.delete(call.db, call.document(_KIND, param="test_clock"), cause=call.cause)
    return {"id": call.id, "object": _KIND, "deleted": True}


ENDPOINTS = [
    Endpoint(
        "POST",
        "/v1/test_helpers/test_clocks",
        create,
        {"frozen_time": Integer(least=0), "name": Text(longest=300)},
        required=("frozen_time",),
    ),
    Endpoint("GET", "/v1/test_helpers/test_clocks", listed, PAGING),
    Endpoint("GET", "/v1/test_helpers/test_clocks/{id}", retrieve),
    Endpoint(
        "POST",
        "/v1/test_helpers/test_clocks/{id}/advance",
        advance,
        {"frozen_time": Integer(least=0)},
        required=("frozen_time",),
    ),
    Endpoint("DELETE", "/v1/test_helpers/test_clocks/{id}", delete),
]
