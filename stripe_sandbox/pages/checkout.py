"""The hosted checkout page, /c/pay/<session id>: pay by card, Link or bank, go back, or let the session expire."""

from werkzeug import Response

from stripe_sandbox.checkout import bank_form, card_form, paying, sessions
from stripe_sandbox.checkout.bank_form import BankForm
from stripe_sandbox.checkout.card_form import CardForm
from stripe_sandbox.checkout.paying import Outcome, SessionClosed
from stripe_sandbox.errors import no_such
from stripe_sandbox.objects import documents
from stripe_sandbox.objects.documents import Document
from stripe_sandbox.pages import addresses
from stripe_sandbox.pages.rendering import cause, render, see_other
from stripe_sandbox.pages.summary import Summary
from stripe_sandbox.payments.payment_methods import Payer
from stripe_sandbox.server.web import Request
from stripe_sandbox.store import clock
from stripe_sandbox.store.store import Database
from stripe_sandbox.webhooks import attempts

# The email address of the pretended Link account, when the session names no other.
_LINK_EMAIL = "link.buyer@example.com"


def page(request: Request, session_id: str) -> Response:
    """The hosted Checkout page; POST pays. 404 for an unknown session."""
    if request.method == "POST":
        return _act(request, session_id)
    with request.store.reading() as db:
        session = documents.find(db, "checkout.session", session_id)
        if session is None:
            raise no_such("checkout.session", session_id, param="session")
        refused = _last_refusal(db, session) if "refused" in request.args else None
    if session.body["status"] != "open":
        return render(session.body["status"], {"summary": Summary(session)})
    return _show(request, session, form=None, refused=refused)


def finish(request: Request, outcome: Outcome) -> Response:
    """Send the buyer where the attempt leads; not for refusals of a card form, which is shown again."""
    request.sandbox.worker.call()
    if outcome.bank_page:
        return see_other(addresses.of("bank", outcome.session.id))
    if outcome.error or outcome.completed_event is None:
        return see_other(address_of(outcome.session.id) + "?refused")
    attempts.wait_for_first_attempt(request.store, outcome.completed_event)
    return see_other(Summary(outcome.session).success_url)


def address_of(session_id: str) -> str:
    """The address of a session's Checkout page."""
    return addresses.of("checkout", session_id)


def _act(request: Request, session_id: str) -> Response:
    action = request.form.get("action", "card")
    try:
        if action == "card":
            return _pay_by_card(request, session_id)
        if action == "bank":
            return _go_to_bank(request, session_id)
        with request.store.writing() as db:
            session = paying.open_session(db, session_id)
            outcome = _act_at_once(db, session, action)
        request.sandbox.worker.call()
        return finish(request, outcome) if outcome else see_other(address_of(session_id))
    except SessionClosed:
        # Another tab was faster: the page now says how it ended.
        return see_other(address_of(session_id))


def _act_at_once(db: Database, session: Document, action: str) -> Outcome | None:
    """What takes no fields: Link, an order that costs nothing, letting the session expire."""
    email = Summary(session).email
    if action == "expire":
        sessions.expire(db, session, cause=cause())
        return None
    if action == "order":
        return paying.pay_nothing(db, session, email=email or _LINK_EMAIL, cause=cause())
    return paying.pay(db, session, Payer(email or _LINK_EMAIL, None, None), cause=cause())


def _pay_by_card(request: Request, session_id: str) -> Response:
    with request.store.writing() as db:
        session = paying.open_session(db, session_id)
        form = card_form.read(request.form, now=clock.now(db))
        outcome = None
        if form.card:
            email = Summary(session).fixed_email or form.email
            outcome = paying.pay(db, session, Payer(email, form.name, form.card), cause=cause())
    if outcome is None:
        return _show(request, session, form=form, refused=None)
    if outcome.error:
        request.sandbox.worker.call()
        return _show(request, session, form=form, refused=outcome.error["message"])
    return finish(request, outcome)


def _go_to_bank(request: Request, session_id: str) -> Response:
    """Keep who pays, and send them to their bank's login."""
    form = bank_form.read(request.form)
    with request.store.writing() as db:
        session = paying.open_session(db, session_id)
        form.values["email"] = Summary(session).fixed_email or form.values["email"]
        if not form.errors:
            session.private["bank_buyer"] = form.values
            documents.save(db, session)
    if form.errors:
        return _show(request, session, form=form, refused=None)
    return see_other(addresses.of("bank_account", session_id))


def _last_refusal(db: Database, session: Document) -> str | None:
    intent = documents.find(db, "payment_intent", session.body["payment_intent"] or "")
    error = intent.body["last_payment_error"] if intent else None
    return error["message"] if error else None


def _show(request: Request, session: Document, *, form: CardForm | BankForm | None, refused: str | None) -> Response:
    summary = Summary(session)
    wants_bank = isinstance(form, BankForm) or (form is None and request.args.get("method") == "bank")
    context = {
        "summary": summary,
        "form": form or CardForm({"email": summary.email or ""}),
        "refused": refused,
        "wrong_code": request.args.get("wrong_code"),
        "shows_bank": summary.takes_bank and (wants_bank or not summary.takes_card),
    }
    return render("checkout", context)
