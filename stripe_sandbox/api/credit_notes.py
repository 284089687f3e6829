"""/v1/credit_notes"""

from stripe_sandbox.api.endpoints import Call, Endpoint
from stripe_sandbox.api.paging import PAGING, page_within
from stripe_sandbox.api.params import Choice, Integer, Kind, Listing, Metadata, Shape, Text, Unsupported, each, refused
from stripe_sandbox.api.resources import resource
from stripe_sandbox.billing import credit_notes
from stripe_sandbox.errors import StripeError, missing
from stripe_sandbox.objects import Body, changes

_CREATE: dict[str, Kind] = {
    **refused("credit_amount effective_at lines refund_amount shipping_cost"),
    "amount": Integer(least=1),
    "email_type": Unsupported(unless=("none", "credit_note")),
    "invoice": Text(),
    "memo": Text(),
    "metadata": Metadata(),
    "out_of_band_amount": Integer(least=0),
    "reason": Choice(("duplicate", "fraudulent", "order_change", "product_unsatisfactory")),
    "refunds": Listing(
        Shape(
            {
                "amount_refunded": Integer(least=1),
                "payment_record_refund": Unsupported(),
                "refund": Text(),
                "type": Unsupported(unless=("refund",)),
            },
            required=("refund",),
        )
    ),
}


def create(call: Call) -> Body:
    """Create a credit note from the call's parameters; returns Stripe's object. Raises StripeError."""
    if "amount" not in call.params:
        raise missing("amount")
    named = {name: call.params[name] for name in ("memo", "out_of_band_amount", "reason") if name in call.params}
    return credit_notes.create(
        call.db,
        call.named("invoice", "invoice"),
        amount=call.params["amount"],
        refunds=call.params.get("refunds", []),
        metadata=call.params.get("metadata") or {},
        **named,
    ).body


def update(call: Call) -> Body:
    """Change the memo or the metadata of a credit note; returns Stripe's object."""
    note = call.document(credit_notes.KIND)
    return changes.update(call.db, note, "credit_note.updated", **call.fields).body


def void(call: Call) -> Body:
    """A credit note of a paid invoice stays, and the sandbox has no others."""
    note = call.document(credit_notes.KIND)
    raise StripeError(f"You cannot void credit note {note.id}, because its invoice is paid.")


def lines(call: Call) -> Body:
    """A page of a credit note's lines as a list object."""
    return page_within(call.document(credit_notes.KIND).body["lines"]["data"], call.params, call.path)


ENDPOINTS = [
    Endpoint("POST", "/v1/credit_notes", create, _CREATE, required=("invoice",)),
    *resource(credit_notes.KIND, "/v1/credit_notes", each("customer invoice", Text())),
    Endpoint("GET", "/v1/credit_notes/{id}/lines", lines, PAGING),
    Endpoint("POST", "/v1/credit_notes/{id}", update, {"memo": Text(), "metadata": Metadata()}),
    Endpoint("POST", "/v1/credit_notes/{id}/void", void),
]
