"""The pretended bank's 3-D Secure page, /c/pay/<session id>/bank: approve the payment, or fail it."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods

from stripe_sandbox import documents, payments, store
from stripe_sandbox.pages.checkout import address_of, finish
from stripe_sandbox.pages.rendering import cause, render, sandbox_page, see_other
from stripe_sandbox.pages.summary import Summary
from stripe_sandbox.store import Database


@require_http_methods(["GET", "HEAD", "POST"])
@sandbox_page
def page(request: HttpRequest, session_id: str) -> HttpResponse:
    if request.method == "POST":
        return _answer(request, session_id)
    with store.reading() as db:
        session = documents.find(db, "checkout.session", session_id)
        waiting = payments.waiting_for_bank(db, session) if session else None
    if session is None or waiting is None or session.body["status"] != "open":
        return see_other(address_of(session_id))
    _, method = waiting
    return render(request, "bank", {"summary": Summary(session), "method": method.body})


def _answer(request: HttpRequest, session_id: str) -> HttpResponse:
    with store.writing() as db:
        session = documents.find(db, "checkout.session", session_id)
        # Paid or started anew in another tab meanwhile: this page's question is no longer the one that waits.
        if session is None or session.body["status"] != "open" or not _is_asked_about(request, db, session):
            return see_other(address_of(session_id))
        is_approved = request.POST.get("answer") == "approve"
        outcome = payments.answer_bank(db, session, is_approved=is_approved, cause=cause())
    return finish(outcome)


def _is_asked_about(request: HttpRequest, db: Database, session: documents.Document) -> bool:
    waiting = payments.waiting_for_bank(db, session)
    return waiting is not None and waiting[1].id == request.POST.get("payment_method")
