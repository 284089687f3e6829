"""/v1/test_helpers/test_clocks"""

from stripe_sandbox.api.endpoints import Call, Endpoint
from stripe_sandbox.api.params import Integer, Text
from stripe_sandbox.api.resources import resource
from stripe_sandbox.billing import test_clocks
from stripe_sandbox.objects import Body


def create(call: Call) -> Body:
    """Create a test clock from the call's parameters; returns Stripe's object. Raises StripeError."""
    params = call.params
    return test_clocks.create(call.db, frozen_time=params["frozen_time"], name=params.get("name")).body


def advance(call: Call) -> Body:
    """Stripe answers `advancing` and is `ready` some time later; here the work is done before the answer."""
    test_clock = call.document(test_clocks.KIND, param="test_clock")
    test_clocks.advance(call.db, test_clock, to=call.params["frozen_time"])
    return test_clock.body


def delete(call: Call) -> Body:
    """Delete the test clock with the call's id. Raises StripeError (404)."""
    test_clocks.delete(call.db, call.document(test_clocks.KIND, param="test_clock"))
    return {"id": call.id, "object": test_clocks.KIND, "deleted": True}


ENDPOINTS = [
    Endpoint(
        "POST",
        "/v1/test_helpers/test_clocks",
        create,
        {"frozen_time": Integer(least=0), "name": Text(longest=300)},
        required=("frozen_time",),
    ),
    *resource(test_clocks.KIND, "/v1/test_helpers/test_clocks", param="test_clock", is_dated=False),
    Endpoint(
        "POST",
        "/v1/test_helpers/test_clocks/{id}/advance",
        advance,
        {"frozen_time": Integer(least=0)},
        required=("frozen_time",),
    ),
    Endpoint("DELETE", "/v1/test_helpers/test_clocks/{id}", delete),
]
