"""/v1/refunds"""

from stripe_sandbox.api.endpoints import Call, Endpoint
from stripe_sandbox.api.paging import CREATED, PAGING, Query, page
from stripe_sandbox.api.params import Choice, Integer, Kind, Metadata, Text, Unsupported
from stripe_sandbox.errors import StripeError, no_such
from stripe_sandbox.objects import documents
from stripe_sandbox.objects.documents import Body, Document
from stripe_sandbox.refunds import refund_limits, refunds

_PATHS = {"charge": "$.charge", "payment_intent": "$.payment_intent"}
_CREATE: dict[str, Kind] = {
    **{name: Unsupported() for name in ("currency", "customer", "instructions_email", "origin")},
    **{name: Unsupported(unless=("false",)) for name in ("refund_application_fee", "reverse_transfer")},
    "amount": Integer(least=1),
    "charge": Text(),
    "metadata": Metadata(),
    "payment_intent": Text(),
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
        cause=call.cause,
    ).body


def retrieve(call: Call) -> Body:
    """The refund with the call's id, as Stripe's object. Raises StripeError (404)."""
    return call.document("refund").body


def update(call: Call) -> Body:
    """Change the refund with the call's id; returns Stripe's object. Raises StripeError."""
    refund = call.document("refund")
    if "metadata" not in call.params:
        return refund.body
    return refunds.update(call.db, refund, call.params["metadata"], cause=call.cause).body


def cancel(call: Call) -> Body:
    """Only a refund that waits for the buyer can be canceled, which no method of the sandbox makes."""
    refund = call.document("refund")
    raise StripeError(
        f"Refund {refund.id} can not be canceled because it has a status of {refund.body['status']}. Only a refund "
        "with a status of requires_action can be canceled."
    )


def listed(call: Call) -> Body:
    """A page of refunds, newest first, filtered by the call's parameters, as a list object. Raises StripeError."""
    return page(call.db, Query("refund").matching(call.params, _PATHS), call.params, url=call.path)


def _charge(call: Call) -> Document:
    params = call.params
    if "charge" in params and "payment_intent" in params:
        raise StripeError("You may only specify one of these parameters: charge, payment_intent.", param="charge")
    if "payment_intent" in params:
        return refund_limits.charge_of(call.db, params["payment_intent"])
    if "charge" not in params:
        raise StripeError(
            "One of the following params should be provided for this request: payment_intent or charge.",
            code="parameter_missing",
        )
    found = documents.find(call.db, "charge", params["charge"])
    if found is None:
        raise no_such("charge", params["charge"], param="charge", status=400)
    return found


ENDPOINTS = [
    Endpoint("POST", "/v1/refunds", create, _CREATE),
    Endpoint("GET", "/v1/refunds", listed, {**PAGING, **CREATED, **{name: Text() for name in _PATHS}}),
    Endpoint("GET", "/v1/refunds/{id}", retrieve),
    Endpoint("POST", "/v1/refunds/{id}", update, {"metadata": Metadata()}),
    Endpoint("POST", "/v1/refunds/{id}/cancel", cancel),
]
