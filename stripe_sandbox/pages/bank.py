"""The pretended bank's 3-D Secure page, /c/pay/<session id>/bank: approve the payment, or fail it."""

from werkzeug import Response

from stripe_sandbox.checkout import paying
from stripe_sandbox.objects import documents
from stripe_sandbox.pages.checkout import address_of, finish
from stripe_sandbox.pages.rendering import cause, render, see_other
from stripe_sandbox.pages.summary import Summary
from stripe_sandbox.server.web import Request
from stripe_sandbox.store.store import Database


def page(request: Request, session_id: str) -> Response:
    """The bank's page, at which a buyer confirms a card payment or fails it. 404 for an unknown session."""
    if request.method == "POST":
        return _answer(request, session_id)
    with request.store.reading() as db:
        session = documents.find(db, "checkout.session", session_id)
        waiting = paying.waiting_for_bank(db, session) if session else None
    if session is None or waiting is None or session.body["status"] != "open":
        return see_other(address_of(session_id))
    _, method = waiting
    return render("bank", {"summary": Summary(session), "method": method.body})


def _answer(request: Request, session_id: str) -> Response:
    with request.store.writing() as db:
        session = documents.find(db, "checkout.session", session_id)
        # Paid or started anew in another tab meanwhile: this page's question is no longer the one that waits.
        if session is None or session.body["status"] != "open" or not _is_asked_about(request, db, session):
            return see_other(address_of(session_id))
        is_approved = request.form.get("answer") == "approve"
        outcome = paying.answer_bank(db, session, is_approved=is_approved, cause=cause())
    return finish(request, outcome)


def _is_asked_about(request: Request, db: Database, session: documents.Document) -> bool:
    waiting = paying.waiting_for_bank(db, session)
    return waiting is not None and waiting[1].id == request.form.get("payment_method")
