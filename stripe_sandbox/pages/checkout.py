"""The hosted checkout page, /c/pay/<session id>: pay by card, Link or bank, go back, or let the session expire."""

from urllib.parse import urlencode

from werkzeug import Response

from stripe_sandbox.catalogue import taxes
from stripe_sandbox.checkout import billing_details as details
from stripe_sandbox.checkout import forms, paying, promotion_codes, sessions
from stripe_sandbox.checkout.forms import Form
from stripe_sandbox.checkout.paying import Outcome, SessionClosed
from stripe_sandbox.errors import StripeError
from stripe_sandbox.objects import Document, documents
from stripe_sandbox.pages import addresses
from stripe_sandbox.pages.addresses import page
from stripe_sandbox.pages.rendering import render, see_other
from stripe_sandbox.pages.summary import Summary
from stripe_sandbox.payments.payment_methods import Payer
from stripe_sandbox.server.web import Request
from stripe_sandbox.store import Database, clock

# The email address of the pretended Link account, when the session names no other.
_LINK_EMAIL = "link.buyer@example.com"


@page("checkout", "/c/pay/<session_id>", "GET", "POST")
def checkout(request: Request, session_id: str) -> Response:
    if request.method == "POST":
        return _act(request, session_id)
    with request.store.reading() as db:
        session = documents.require(db, "checkout.session", session_id)
        intent = session.body["payment_intent"] or session.body["setup_intent"]
        refused = last_refusal(db, intent) if "refused" in request.args else None
    if session.body["status"] != "open":
        return render(session.body["status"], {"summary": Summary(session)})
    return _show(request, session, form=None, refused=refused)


def finish(request: Request, outcome: Outcome) -> Response:
    """Send the buyer where the attempt leads; not for refusals of a card form, which is shown again."""
    if outcome.bank_page:
        return see_other(addresses.of("bank", outcome.session.id))
    if outcome.error or outcome.completed_event is None:
        return see_other(address_of(outcome.session.id) + "?refused")
    request.wait_for_delivery(outcome.completed_event)
    return see_other(Summary(outcome.session).success_url)


def address_of(session_id: str) -> str:
    """The address of a session's Checkout page."""
    return addresses.of("checkout", session_id)


@page("promotion_code", "/c/pay/<session_id>/promotion-code", "POST")
def promotion_code(request: Request, session_id: str) -> Response:
    """Entered, or taken back."""
    code = request.form.get("code", "")[:100]
    try:
        with request.writing() as db:
            session = paying.open_session(db, session_id)
            if "remove" in request.form:
                promotion_codes.remove(db, session)
            else:
                promotion_codes.apply(db, session, code)
    except SessionClosed:
        pass
    except StripeError as error:
        # Shown beside the field again, with what was typed.
        if error.error.get("param") != "code":
            raise
        return see_other(f"{address_of(session_id)}?{urlencode({'wrong_code': code})}")
    return see_other(address_of(session_id))


@page("billing_details", "/c/pay/<session_id>/billing-details", "POST")
def billing_details(request: Request, session_id: str) -> Response:
    """Where the buyer is, for the tax; a field that is wrong is shown again with what was typed."""
    typed = {name: request.form.get(name, "").strip()[:30] for name in ("country", "postal_code", "tax_id")}
    try:
        with request.writing() as db:
            details.enter(db, paying.open_session(db, session_id), **typed)
    except SessionClosed:
        pass
    except StripeError as error:
        wrong = {"wrong_place": error.error.get("param", "")}
        return see_other(f"{address_of(session_id)}?{urlencode({**wrong, **typed})}")
    return see_other(address_of(session_id))


def _act(request: Request, session_id: str) -> Response:
    action = request.form.get("action", "card")
    try:
        if action == "card":
            return _pay_by_card(request, session_id)
        if action == "bank":
            return _go_to_bank(request, session_id)
        with request.writing() as db:
            session = paying.open_session(db, session_id)
            outcome = _act_at_once(db, session, action)
        return finish(request, outcome) if outcome else see_other(address_of(session_id))
    except SessionClosed:
        # Another tab was faster: the page now says how it ended.
        return see_other(address_of(session_id))


def _act_at_once(db: Database, session: Document, action: str) -> Outcome | None:
    """What takes no fields: Link, an order that costs nothing, letting the session expire."""
    email = Summary(session).email
    if action == "expire":
        sessions.expire(db, session)
        return None
    if action == "order":
        return paying.pay_nothing(db, session, email=email or _LINK_EMAIL)
    return paying.pay(db, session, Payer(email or _LINK_EMAIL, None, None))


def _pay_by_card(request: Request, session_id: str) -> Response:
    with request.writing() as db:
        session = paying.open_session(db, session_id)
        form = forms.read_card(request.form, now=clock.now(db))
        outcome = None
        if form.card:
            email = Summary(session).fixed_email or form.email
            payer = Payer(email, form.name, form.card)
            outcome = paying.pay(db, session, payer, saves="save" in request.form)
    if outcome is None:
        return _show(request, session, form=form, refused=None)
    if outcome.error:
        return _show(request, session, form=form, refused=outcome.error["message"])
    return finish(request, outcome)


def _go_to_bank(request: Request, session_id: str) -> Response:
    """Keep who pays, and send them to their bank's login."""
    form = forms.read_bank(request.form)
    with request.writing() as db:
        session = paying.open_session(db, session_id)
        form.values["email"] = Summary(session).fixed_email or form.values["email"]
        if not form.errors:
            session.private["bank_buyer"] = form.values
            documents.save(db, session)
    if form.errors:
        return _show(request, session, form=form, refused=None)
    return see_other(addresses.of("bank_account", session_id))


def last_refusal(db: Database, intent_id: str | None) -> str | None:
    """What the last attempt with a PaymentIntent or SetupIntent was refused with."""
    intent = documents.named(db, intent_id or "")
    error = intent.body.get("last_payment_error") or intent.body.get("last_setup_error") if intent else None
    return error["message"] if error else None


def _show(request: Request, session: Document, *, form: Form | None, refused: str | None) -> Response:
    summary = Summary(session)
    wants_bank = form.is_for_bank if form else request.args.get("method") == "bank"
    wrong = request.args.get("wrong_place")
    shows_bank = summary.takes_bank and (wants_bank or not summary.takes_card)
    context = {
        "summary": summary,
        "countries": taxes.NAMES,
        "place": request.args if wrong else summary.place,
        "place_error": wrong,
        "form": form or Form({"email": summary.email or ""}),
        "refused": refused,
        "wrong_code": request.args.get("wrong_code"),
        "offers_saving": paying.offers_saving(session),
        "shows_bank": shows_bank,
        "is_told": paying.is_told(session, "us_bank_account" if shows_bank else "card"),
    }
    return render("checkout", context)
