"""What buyers' banks do about a payment: dispute it, decide, warn of fraud."""

from stripe_sandbox import disputes, documents, fraud_warnings, refund_limits
from stripe_sandbox.api.endpoints import Call, Endpoint
from stripe_sandbox.api.params import Flag, Integer, Text
from stripe_sandbox.documents import Body, Document
from stripe_sandbox.errors import no_such

_INTENT = {"payment_intent": Text()}


def dispute(call: Call) -> Body:
    made = disputes.open(
        call.db,
        refund_limits.charge_of(call.db, call.params["payment_intent"]),
        is_inquiry=call.params.get("inquiry", False),
        amount=call.params.get("amount"),
        cause=call.cause,
    )
    return made.body


def close(call: Call) -> Body:
    params = call.params
    return disputes.close(
        call.db, _dispute(call), is_won=params["won"], reinstated=params.get("reinstated"), cause=call.cause
    ).body


def appeal(call: Call) -> Body:
    return disputes.appeal(call.db, _dispute(call), cause=call.cause).body


def warn(call: Call) -> Body:
    charge = refund_limits.charge_of(call.db, call.params["payment_intent"])
    return fraud_warnings.warn(call.db, charge, cause=call.cause).body


def _dispute(call: Call) -> Document:
    found = documents.find(call.db, "dispute", call.params["dispute"])
    if found is None:
        raise no_such("dispute", call.params["dispute"], param="dispute")
    return found


ENDPOINTS = [
    Endpoint(
        "POST",
        "/stripe-sandbox/api/dispute",
        dispute,
        {**_INTENT, "inquiry": Flag(), "amount": Integer(least=1)},
        required=("payment_intent",),
    ),
    Endpoint(
        "POST",
        "/stripe-sandbox/api/close-dispute",
        close,
        {"dispute": Text(), "won": Flag(), "reinstated": Integer(least=1)},
        required=("dispute", "won"),
    ),
    Endpoint("POST", "/stripe-sandbox/api/appeal", appeal, {"dispute": Text()}, required=("dispute",)),
    Endpoint("POST", "/stripe-sandbox/api/warn", warn, _INTENT, required=("payment_intent",)),
]
