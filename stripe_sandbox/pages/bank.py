"""The pretended bank: its 3-D Secure page, and the login that a payment from an account begins with."""

from werkzeug import Response

from stripe_sandbox.checkout import paying
from stripe_sandbox.checkout.paying import Outcome, SessionClosed
from stripe_sandbox.errors import StripeError
from stripe_sandbox.objects import Document, documents
from stripe_sandbox.pages.addresses import page
from stripe_sandbox.pages.checkout import address_of, finish
from stripe_sandbox.pages.rendering import render, see_other
from stripe_sandbox.pages.summary import Summary
from stripe_sandbox.payments import banks
from stripe_sandbox.payments.payment_methods import Payer
from stripe_sandbox.server.web import Request
from stripe_sandbox.store import Database


@page("bank", "/c/pay/<session_id>/bank", "GET", "POST")
def authenticate(request: Request, session_id: str) -> Response:
    if request.method == "POST":
        return _answer(request, session_id)
    with request.store.reading() as db:
        session = documents.find(db, "checkout.session", session_id)
        waiting = paying.waiting_for_bank(db, session) if session else None
    if session is None or waiting is None or session.body["status"] != "open":
        return see_other(address_of(session_id))
    _, method = waiting
    summary = Summary(session)
    return render("bank", {"merchant": summary.merchant, "amount": summary.total, "method": method.body})


def _answer(request: Request, session_id: str) -> Response:
    with request.writing() as db:
        session = documents.find(db, "checkout.session", session_id)
        # Paid or started anew in another tab meanwhile: this page's question is no longer the one that waits.
        if session is None or session.body["status"] != "open" or not _is_asked_about(request, db, session):
            return see_other(address_of(session_id))
        is_approved = request.form.get("answer") == "approve"
        outcome = paying.answer_bank(db, session, is_approved=is_approved)
    return finish(request, outcome)


def _is_asked_about(request: Request, db: Database, session: Document) -> bool:
    waiting = paying.waiting_for_bank(db, session)
    return waiting is not None and waiting[1].id == request.form.get("payment_method")


@page("bank_account", "/c/pay/<session_id>/bank-account", "GET", "POST")
def account(request: Request, session_id: str) -> Response:
    """It stands where Stripe's Financial Connections would have the buyer sign in to the bank and share an account."""
    try:
        if request.method == "POST":
            return finish(request, _pay(request, session_id))
        with request.store.reading() as db:
            session = paying.open_session(db, session_id)
    except SessionClosed:
        # Paid in another tab meanwhile: the page now says how it ended.
        return see_other(address_of(session_id))
    if "bank_buyer" not in session.private:
        return see_other(address_of(session_id) + "?method=bank")
    context = {"summary": Summary(session), "accounts": banks.ACCOUNTS, "routing_number": banks.ROUTING_NUMBER}
    return render("bank_account", context)


def _pay(request: Request, session_id: str) -> Outcome:
    chosen = banks.account(request.form.get("account"))
    with request.writing() as db:
        session = paying.open_session(db, session_id)
        buyer = session.private.get("bank_buyer")
        if chosen is None or buyer is None:
            raise StripeError("Choose one of the bank's accounts, and say first who pays.", param="account")
        return paying.pay(db, session, Payer(buyer["email"], buyer["name"], None, chosen))
