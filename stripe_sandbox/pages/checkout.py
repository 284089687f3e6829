"""The hosted checkout page, /c/pay/<session id>: pay by card, Link or bank, go back, or let the session expire."""

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from stripe_sandbox import bank_form, card_form, clock, documents, payments, sessions, store, webhooks, worker
from stripe_sandbox.bank_form import BankForm
from stripe_sandbox.card_form import CardForm
from stripe_sandbox.documents import Document
from stripe_sandbox.errors import no_such
from stripe_sandbox.pages.rendering import cause, render, sandbox_page, see_other
from stripe_sandbox.pages.summary import Summary
from stripe_sandbox.payment_methods import Payer
from stripe_sandbox.payments import Outcome, SessionClosed
from stripe_sandbox.store import Database

# The e-mail address of the pretended Link account, when the session names no other.
_LINK_EMAIL = "link.buyer@example.com"


@require_http_methods(["GET", "HEAD", "POST"])
@sandbox_page
def page(request: HttpRequest, session_id: str) -> HttpResponse:
    if request.method == "POST":
        return _act(request, session_id)
    with store.reading() as db:
        session = documents.find(db, "checkout.session", session_id)
        if session is None:
            raise no_such("checkout.session", session_id, param="session")
        refused = _last_refusal(db, session) if "refused" in request.GET else None
    if session.body["status"] != "open":
        return render(request, session.body["status"], {"summary": Summary(session)})
    return _show(request, session, form=None, refused=refused)


def finish(outcome: Outcome) -> HttpResponse:
    """Send the buyer where the attempt leads; not for refusals of a card form, which is shown again."""
    worker.call()
    if outcome.bank_page:
        return see_other(reverse("stripe_sandbox:bank", args=[outcome.session.id]))
    if outcome.error or outcome.completed_event is None:
        return see_other(address_of(outcome.session.id) + "?refused")
    webhooks.wait_for_first_attempt(outcome.completed_event)
    return see_other(Summary(outcome.session).success_url)


def address_of(session_id: str) -> str:
    return reverse("stripe_sandbox:checkout", args=[session_id])


def _act(request: HttpRequest, session_id: str) -> HttpResponse:
    action = request.POST.get("action", "card")
    try:
        if action == "card":
            return _pay_by_card(request, session_id)
        if action == "bank":
            return _go_to_bank(request, session_id)
        with store.writing() as db:
            session = payments.open_session(db, session_id)
            outcome = _act_at_once(db, session, action)
        return finish(outcome) if outcome else see_other(address_of(session_id))
    except SessionClosed:
        # Another tab was faster: the page now says how it ended.
        return see_other(address_of(session_id))


def _act_at_once(db: Database, session: Document, action: str) -> Outcome | None:
    """What takes no fields: Link, an order that costs nothing, letting the session expire."""
    email = Summary(session).email
    if action == "expire":
        sessions.expire(db, session, cause=cause())
        worker.call()
        return None
    if action == "order":
        return payments.pay_nothing(db, session, email=email or _LINK_EMAIL, cause=cause())
    return payments.pay(db, session, Payer(email or _LINK_EMAIL, None, None), cause=cause())


def _pay_by_card(request: HttpRequest, session_id: str) -> HttpResponse:
    with store.writing() as db:
        session = payments.open_session(db, session_id)
        form = card_form.read(request.POST, now=clock.now(db))
        outcome = None
        if form.card:
            email = Summary(session).fixed_email or form.email
            outcome = payments.pay(db, session, Payer(email, form.name, form.card), cause=cause())
    if outcome is None:
        return _show(request, session, form=form, refused=None)
    if outcome.error:
        worker.call()
        return _show(request, session, form=form, refused=outcome.error["message"])
    return finish(outcome)


def _go_to_bank(request: HttpRequest, session_id: str) -> HttpResponse:
    """Keep who pays, and send them to their bank's login."""
    form = bank_form.read(request.POST)
    with store.writing() as db:
        session = payments.open_session(db, session_id)
        form.values["email"] = Summary(session).fixed_email or form.values["email"]
        if not form.errors:
            session.private["bank_buyer"] = form.values
            documents.save(db, session)
    if form.errors:
        return _show(request, session, form=form, refused=None)
    return see_other(reverse("stripe_sandbox:bank_account", args=[session_id]))


def _last_refusal(db: Database, session: Document) -> str | None:
    intent = documents.find(db, "payment_intent", session.body["payment_intent"] or "")
    error = intent.body["last_payment_error"] if intent else None
    return error["message"] if error else None


def _show(
    request: HttpRequest, session: Document, *, form: CardForm | BankForm | None, refused: str | None
) -> HttpResponse:
    summary = Summary(session)
    wants_bank = isinstance(form, BankForm) or (form is None and request.GET.get("method") == "bank")
    context = {
        "summary": summary,
        "form": form or CardForm({"email": summary.email or ""}),
        "refused": refused,
        "wrong_code": request.GET.get("wrong_code"),
        "shows_bank": summary.takes_bank and (wants_bank or not summary.takes_card),
    }
    return render(request, "checkout", context)
