"""/v1/disputes"""

from stripe_sandbox.api.endpoints import Call, Endpoint
from stripe_sandbox.api.params import Flag, Kind, Listing, Metadata, OneOf, Shape, Text, Unsupported, each
from stripe_sandbox.api.resources import resource
from stripe_sandbox.disputes import disputes
from stripe_sandbox.objects import Body
from stripe_sandbox.objects.shapes import EVIDENCE

_TEXT = Text(longest=20_000, clearable=True)
_APPEAL = Shape(
    {"card": Shape({"reason_for_filing": _TEXT, "supporting_files": Listing(Text())}, clearable=True)}, clearable=True
)
_UPDATE: dict[str, Kind] = {
    "evidence": Shape({**dict.fromkeys(EVIDENCE, _TEXT), "appeal": _APPEAL, "enhanced_evidence": Unsupported()}),
    "intended_submission_method": OneOf(
        ("manual", "prefer_manual", "prefer_smart_disputes", "smart_disputes"), ("manual", "prefer_manual")
    ),
    "metadata": Metadata(),
    "submit": Flag(),
}


def update(call: Call) -> Body:
    """Evidence is sent to the bank unless `submit` is false."""
    dispute, params = call.document("dispute"), call.params
    fields: Body = {name: params[name] for name in ("intended_submission_method", "metadata") if name in params}
    if "evidence" in params:
        given = {name: value or None for name, value in params["evidence"].items()}
        fields["evidence"] = {**dispute.body["evidence"], **given}
    submits = params.get("submit", "evidence" in params)
    return disputes.update(call.db, dispute, submits=submits, **fields).body


def close(call: Call) -> Body:
    """Close the dispute with the call's id, as the parameters say; returns Stripe's object. Raises StripeError."""
    return disputes.accept(call.db, call.document("dispute")).body


ENDPOINTS = [
    *resource("dispute", "/v1/disputes", each("charge payment_intent", Text())),
    Endpoint("POST", "/v1/disputes/{id}", update, _UPDATE),
    Endpoint("POST", "/v1/disputes/{id}/close", close),
]
