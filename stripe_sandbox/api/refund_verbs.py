"""Refunds as the dashboard's staff and the buyers' banks make them happen."""

from collections.abc import Callable

from stripe_sandbox import documents, refund_limits, refunds
from stripe_sandbox.api.endpoints import Call, Endpoint
from stripe_sandbox.api.params import Integer, Text
from stripe_sandbox.documents import Body, Document
from stripe_sandbox.errors import no_such


def refund(call: Call) -> Body:
    """From the dashboard: without metadata, so nothing names what the shop calls it."""
    charge = refund_limits.charge_of(call.db, call.params["payment_intent"])
    made = refunds.create(
        call.db,
        charge,
        amount=call.params.get("amount"),
        reason="requested_by_customer",
        metadata={},
        cause=call.cause,
    )
    return made.body


def _verb(act: Callable[..., Document]) -> Callable[[Call], Body]:
    def run(call: Call) -> Body:
        found = documents.find(call.db, "refund", call.params["refund"])
        if found is None:
            raise no_such("refund", call.params["refund"], param="refund")
        return act(call.db, found, cause=call.cause).body

    return run


_ACTS = {"settle-refund": refunds.settle, "fail-refund": refunds.fail, "cancel-refund": refunds.cancel}

ENDPOINTS = [
    Endpoint(
        "POST",
        "/stripe-sandbox/api/refund",
        refund,
        {"payment_intent": Text(), "amount": Integer(least=1)},
        required=("payment_intent",),
    ),
    *(
        Endpoint("POST", f"/stripe-sandbox/api/{name}", _verb(act), {"refund": Text()}, required=("refund",))
        for name, act in _ACTS.items()
    ),
]
