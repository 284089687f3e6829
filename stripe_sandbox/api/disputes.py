"""/v1/disputes"""

from typing import Any

from stripe_sandbox.api.endpoints import Call, Endpoint
from stripe_sandbox.api.paging import CREATED, PAGING, Query, page
from stripe_sandbox.api.params import Flag, Kind, Listing, Metadata, OneOf, Shape, Text, Unsupported
from stripe_sandbox.catalogue import customers
from stripe_sandbox.disputes import disputes
from stripe_sandbox.objects.documents import Body
from stripe_sandbox.objects.shapes import EVIDENCE

_PATHS = {"charge": "$.charge", "payment_intent": "$.payment_intent"}
_TEXT = Text(longest=20_000, clearable=True)
_APPEAL = Shape(
    {
        "card": Shape(
            {"reason_for_filing": _TEXT, "supporting_files": Listing(Text())},
            clearable=True,
        )
    },
    clearable=True,
)
_UPDATE: dict[str, Kind] = {
    "evidence": Shape({**dict.fromkeys(EVIDENCE, _TEXT), "appeal": _APPEAL, "enhanced_evidence": Unsupported()}),
    "intended_submission_method": OneOf(
        ("manual", "prefer_manual", "prefer_smart_disputes", "smart_disputes"), ("manual", "prefer_manual")
    ),
    "metadata": Metadata(),
    "submit": Flag(),
}


def retrieve(call: Call) -> Body:
    """The dispute with the call's id, as Stripe's object. Raises StripeError (404)."""
    return call.document("dispute").body


def update(call: Call) -> Body:
    """Evidence is sent to the bank unless `submit` is false."""
    dispute, params = call.document("dispute"), call.params
    changes: dict[str, Any] = {}
    if "metadata" in params:
        changes["metadata"] = customers.merged_metadata(dispute.body["metadata"], params["metadata"])
    if "intended_submission_method" in params:
        changes["intended_submission_method"] = params["intended_submission_method"]
    if "evidence" in params:
        given = {name: value or None for name, value in params["evidence"].items()}
        changes["evidence"] = {**dispute.body["evidence"], **given}
    submits = params.get("submit", "evidence" in params)
    return disputes.update(call.db, dispute, cause=call.cause, submits=submits, **changes).body


def close(call: Call) -> Body:
    """Close the dispute with the call's id, as the parameters say; returns Stripe's object. Raises StripeError."""
    return disputes.accept(call.db, call.document("dispute"), cause=call.cause).body


def listed(call: Call) -> Body:
    """A page of disputes, newest first, filtered by the call's parameters, as a list object. Raises StripeError."""
    return page(call.db, Query("dispute").matching(call.params, _PATHS), call.params, url=call.path)


ENDPOINTS = [
    Endpoint("GET", "/v1/disputes", listed, {**PAGING, **CREATED, **{name: Text() for name in _PATHS}}),
    Endpoint("GET", "/v1/disputes/{id}", retrieve),
    Endpoint("POST", "/v1/disputes/{id}", update, _UPDATE),
    Endpoint("POST", "/v1/disputes/{id}/close", close),
]
