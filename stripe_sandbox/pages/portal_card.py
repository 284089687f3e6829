"""The Billing Portal's card form, /p/session/<session id>/card, and the bank that may ask before a card is saved."""

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from stripe_sandbox import card_form, clock, documents, payment_methods, store
from stripe_sandbox.billing import portal, test_clocks
from stripe_sandbox.card_form import CardForm
from stripe_sandbox.documents import Document
from stripe_sandbox.errors import CardError
from stripe_sandbox.pages import portal_lines as lines
from stripe_sandbox.pages.portal import finished, found
from stripe_sandbox.pages.rendering import cause, render, sandbox_page, see_other
from stripe_sandbox.payment_methods import Payer
from stripe_sandbox.store import Database

_NOT_AUTHENTICATED = "The bank did not confirm that this card is yours."


@require_http_methods(["GET", "HEAD", "POST"])
@sandbox_page
def page(request: HttpRequest, session_id: str) -> HttpResponse:
    form, refused = None, _NOT_AUTHENTICATED if "refused" in request.GET else None
    if request.method == "POST":
        try:
            with store.writing() as db:
                session = found(db, session_id)
                form = card_form.read({**request.POST.dict(), "email": _email(db, session)}, now=clock.now(db))
                if form.card:
                    return _save(db, session, form)
        except CardError as error:
            refused = str(error)
    with store.reading() as db:
        session = found(db, session_id)
        context = {**lines.of_session(db, session), "form": form or CardForm({}), "refused": refused}
    return render(request, "portal_card", context)


@require_http_methods(["GET", "HEAD", "POST"])
@sandbox_page
def bank(request: HttpRequest, session_id: str) -> HttpResponse:
    with store.reading() as db:
        session = found(db, session_id)
        method = documents.find(db, "payment_method", session.private.get("card_at_bank", ""))
        context = lines.of_session(db, session)
    if method is None:
        return see_other(_address(session_id))
    if request.method != "POST":
        return render(request, "portal_bank", {**context, "method": method.body})
    is_approved = request.POST.get("answer") == "approve"
    with store.writing() as db:
        session = found(db, session_id)
        session.private.pop("card_at_bank", None)
        documents.save(db, session)
        if is_approved:
            portal.save_card(db, portal.customer_of(db, session), method, cause=cause())
    return (
        finished(session, done="The new card is saved.")
        if is_approved
        else see_other(_address(session_id) + "?refused")
    )


def _save(db: Database, session: Document, form: CardForm) -> HttpResponse:
    customer = portal.customer_of(db, session)
    payer = Payer(form.email, form.name, form.card)
    method = payment_methods.create(db, payer, customer=None, now=clock.now(db))
    if payment_methods.asks_bank(method):
        session.private["card_at_bank"] = method.id
        documents.save(db, session)
        return see_other(reverse("stripe_sandbox:portal_bank", args=[session.id]))
    with test_clocks.time_of(db, customer):
        portal.save_card(db, customer, method, cause=cause())
    return finished(session, done="The new card is saved.")


def _email(db: Database, session: Document) -> str:
    return portal.customer_of(db, session).body["email"] or "customer@example.com"


def _address(session_id: str) -> str:
    return reverse("stripe_sandbox:portal_card", args=[session_id])
