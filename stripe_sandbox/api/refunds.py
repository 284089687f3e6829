"""/v1/refunds"""

from stripe_sandbox.api.endpoints import Call, Endpoint
from stripe_sandbox.api.params import Choice, Integer, Kind, Metadata, Text, each, refused
from stripe_sandbox.api.resources import resource
from stripe_sandbox.errors import StripeError
from stripe_sandbox.objects import Body, Document
from stripe_sandbox.refunds import refunds

_CREATE: dict[str, Kind] = {
    **refused("currency customer instructions_email origin"),
    **refused("refund_application_fee reverse_transfer", unless=("false",)),
    "amount": Integer(least=1),
    **each("charge payment_intent", Text()),
    "metadata": Metadata(),
    "reason": Choice(("duplicate", "fraudulent", "requested_by_customer")),
}


def create(call: Call) -> Body:
    """Create a refund from the call's parameters; returns Stripe's object. Raises StripeError."""
    return refunds.create(
        call.db,
        _charge(call),
        amount=call.params.get("amount"),
        reason=call.params.get("reason"),
        metadata=call.params.get("metadata") or {},
    ).body


def update(call: Call) -> Body:
    """Change the refund with the call's id; returns Stripe's object. Raises StripeError."""
    refund = call.document("refund")
    if "metadata" not in call.params:
        return refund.body
    return refunds.update(call.db, refund, call.params["metadata"]).body


def cancel(call: Call) -> Body:
    """Only a refund that waits for the buyer can be canceled, which no method of the sandbox makes."""
    refund = call.document("refund")
    raise StripeError(
        f"Refund {refund.id} can not be canceled because it has a status of {refund.body['status']}. Only a refund "
        "with a status of requires_action can be canceled."
    )


def _charge(call: Call) -> Document:
    params = call.params
    if "charge" in params and "payment_intent" in params:
        raise StripeError("You may only specify one of these parameters: charge, payment_intent.", param="charge")
    if "payment_intent" in params:
        return refunds.charge_of(call.db, params["payment_intent"])
    if "charge" not in params:
        raise StripeError(
            "One of the following params should be provided for this request: payment_intent or charge.",
            code="parameter_missing",
        )
    return call.named("charge", "charge")


ENDPOINTS = [
    Endpoint("POST", "/v1/refunds", create, _CREATE),
    *resource("refund", "/v1/refunds", each("charge payment_intent", Text())),
    Endpoint("POST", "/v1/refunds/{id}", update, {"metadata": Metadata()}),
    Endpoint("POST", "/v1/refunds/{id}/cancel", cancel),
]
