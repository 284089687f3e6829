"""A charge's receipt, at its `receipt_url`."""

from werkzeug import Response

from stripe_sandbox.catalogue import currencies
from stripe_sandbox.errors import no_such
from stripe_sandbox.objects import documents
from stripe_sandbox.pages.rendering import render, shown_time
from stripe_sandbox.server.web import Request


def page(request: Request, charge_id: str) -> Response:
    """The receipt of a charge. 404 for an unknown charge."""
    with request.store.reading() as db:
        charge = documents.find(db, "charge", charge_id)
    if charge is None or not charge.body["paid"]:
        raise no_such("charge", charge_id)
    body = charge.body
    context = {
        "charge": body,
        "amount": currencies.shown(body["amount"], body["currency"]),
        "paid_at": shown_time(body["created"]),
        "card": body["payment_method_details"].get("card"),
        "bank": body["payment_method_details"].get("us_bank_account"),
    }
    return render("receipt", context)
