"""A charge's receipt, at its `receipt_url`."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from stripe_sandbox import currencies, documents, store
from stripe_sandbox.errors import no_such
from stripe_sandbox.pages.rendering import render, sandbox_page, shown_time


@require_safe
@sandbox_page
def page(request: HttpRequest, charge_id: str) -> HttpResponse:
    with store.reading() as db:
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
    return render(request, "receipt", context)
