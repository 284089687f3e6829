"""The Billing Portal's card form, /p/session/<session id>/card, and the bank that may ask before a card is saved."""

from werkzeug import Response

from stripe_sandbox.billing import invoices, portal, test_clocks
from stripe_sandbox.checkout import forms
from stripe_sandbox.checkout.forms import Form
from stripe_sandbox.errors import CardError
from stripe_sandbox.objects import Document, documents
from stripe_sandbox.pages import addresses
from stripe_sandbox.pages import portal_lines as lines
from stripe_sandbox.pages.addresses import page
from stripe_sandbox.pages.portal import finished, found
from stripe_sandbox.pages.rendering import render, see_other
from stripe_sandbox.payments import payment_methods
from stripe_sandbox.payments.payment_methods import Payer
from stripe_sandbox.server.web import Request
from stripe_sandbox.store import Database, clock

_NOT_AUTHENTICATED = "The bank did not confirm that this card is yours."


@page("portal_card", "/p/session/<session_id>/card", "GET", "POST")
def card(request: Request, session_id: str) -> Response:
    form, refused = None, _NOT_AUTHENTICATED if "refused" in request.args else None
    if request.method == "POST":
        try:
            with request.writing() as db:
                session = found(db, session_id)
                form = forms.read_card({**request.form.to_dict(), "email": _email(db, session)}, now=clock.now(db))
                if form.card:
                    return _save(request, db, session, form)
        except CardError as error:
            refused = str(error)
    with request.store.reading() as db:
        session = found(db, session_id)
        context = {**lines.of_session(db, session), "form": form or Form({}), "refused": refused}
    return render("portal_card", context)


@page("portal_bank", "/p/session/<session_id>/bank", "GET", "POST")
def bank(request: Request, session_id: str) -> Response:
    """The bank's page for a card that is to be saved; POST approves or refuses."""
    with request.store.reading() as db:
        session = found(db, session_id)
        method = documents.find(db, "payment_method", session.private.get("card_at_bank"))
        context = lines.of_session(db, session)
    if method is None:
        return see_other(_address(session_id))
    if request.method != "POST":
        return render("bank", {**context, "method": method.body})
    is_approved = request.form.get("answer") == "approve"
    with request.writing() as db:
        session = found(db, session_id)
        session.private.pop("card_at_bank", None)
        documents.save(db, session)
        if is_approved:
            portal.save_card(db, invoices.customer_of(db, session), method)
    return (
        finished(request, session, done="The new card is saved.")
        if is_approved
        else see_other(_address(session_id) + "?refused")
    )


def _save(request: Request, db: Database, session: Document, form: Form) -> Response:
    customer = invoices.customer_of(db, session)
    payer = Payer(form.email, form.name, form.card)
    method = payment_methods.create(db, payer)
    if payment_methods.asks_bank(method):
        session.private["card_at_bank"] = method.id
        documents.save(db, session)
        return see_other(addresses.of("portal_bank", session.id))
    with test_clocks.time_of(db, customer):
        portal.save_card(db, customer, method)
    return finished(request, session, done="The new card is saved.")


def _email(db: Database, session: Document) -> str:
    return invoices.customer_of(db, session).body["email"] or "customer@example.com"


def _address(session_id: str) -> str:
    return addresses.of("portal_card", session_id)
