"""The bank's 3-D Secure page for an intent that the shop confirmed itself, /3d-secure/<id>; then back to the shop."""

from urllib.parse import urlsplit

from werkzeug import Response

from stripe_sandbox.catalogue import currencies
from stripe_sandbox.errors import no_such
from stripe_sandbox.intents import actions, answering
from stripe_sandbox.objects import Body, Document, documents
from stripe_sandbox.pages.addresses import page
from stripe_sandbox.pages.rendering import render, see_other
from stripe_sandbox.payments import intents
from stripe_sandbox.server.web import Request
from stripe_sandbox.store import Database


@page("three_d_secure", "/3d-secure/<intent_id>", "GET", "POST")
def authenticate(request: Request, intent_id: str) -> Response:
    if request.method == "POST":
        return _answer(request, intent_id)
    with request.store.reading() as db:
        intent = _found(db, intent_id)
        waiting = intents.waiting_for_bank(db, intent)
    if waiting is None:
        return _leave(intent)
    return render("bank", {**_asked(intent), "method": waiting[1].body})


def _answer(request: Request, intent_id: str) -> Response:
    with request.writing() as db:
        intent = _found(db, intent_id)
        waiting = intents.waiting_for_bank(db, intent)
        # Answered in another tab meanwhile, or confirmed anew with another card: this page's question is over.
        if waiting and waiting[1].id == request.form.get("payment_method"):
            answering.answer(db, intent, is_approved=request.form.get("answer") == "approve")
    return _leave(intent)


def _leave(intent: Document) -> Response:
    """Back to the shop, if it said where to; else the page says that it is done."""
    if address := actions.way_back(intent, intent.private.get("return_url")):
        return see_other(address)
    error = intent.body.get("last_payment_error") or intent.body.get("last_setup_error")
    is_passed = intent.body["status"] == "succeeded"
    return render("three_d_secure", {"is_passed": is_passed, "refused": error["message"] if error else ""})


def _asked(intent: Document) -> Body:
    """Who asks, and for how much; for nothing where a card is only saved."""
    body, merchant = intent.body, urlsplit(intent.private.get("return_url") or "").netloc
    amount = currencies.shown(body["amount"], body["currency"]) if "amount" in body else ""
    return {"merchant": merchant or "the merchant", "amount": amount}


def _found(db: Database, intent_id: str) -> Document:
    intent = documents.named(db, intent_id)
    # Those of sessions and invoices are asked about on pages of their own.
    is_own = intent and ("is_direct" in intent.private or (intent.kind == "setup_intent" and not _session(intent)))
    if intent is None or not is_own:
        raise no_such("payment_intent", intent_id, status=404)
    return intent


def _session(intent: Document) -> str:
    return str(intent.private.get("session", ""))
