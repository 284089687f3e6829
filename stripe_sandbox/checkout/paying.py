"""A buyer pays for a Checkout Session, or saves a card in one: the one place where a session's money moves.

Everything happens in the caller's write transaction, so of two tabs that pay at once exactly one finds the session
open.
"""

from dataclasses import dataclass

from stripe_sandbox.billing import signup, test_clocks
from stripe_sandbox.checkout import billing_details, sessions
from stripe_sandbox.errors import StripeError
from stripe_sandbox.intents import actions, mandates, setting_up
from stripe_sandbox.objects import Body, Document, documents
from stripe_sandbox.payments import after_payment, bank_debits, charges, intents, payment_methods
from stripe_sandbox.payments.payment_methods import Payer
from stripe_sandbox.store import Database


class SessionClosed(StripeError):
    """The session was paid, or has expired."""

    def __init__(self, status: str) -> None:
        super().__init__(
            f"This Checkout Session is {status}; only an open one can be paid.",
            code=f"checkout_session_{status}",
            param="session",
        )


@dataclass(frozen=True)
class Outcome:
    """How an attempt ended: the session's completed event, the bank's page to visit first, or the refusal."""

    session: Document
    completed_event: str | None = None
    bank_page: str | None = None
    error: Body | None = None


def open_session(db: Database, session_id: str) -> Document:
    """The session, if it can still be paid."""
    session = documents.require(db, "checkout.session", session_id, param="session", status=404)
    if session.body["status"] != "open":
        raise SessionClosed(session.body["status"])
    return session


def pay(db: Database, session: Document, payer: Payer, *, saves: bool = False) -> Outcome:
    """One attempt with what the payer has; `saves`: they ticked that it is kept. The session must be open."""
    _refuse_absent_method(session, payer)
    if saves and not offers_saving(session):
        raise StripeError("This Checkout Session does not offer to save the payment method.", param="save")
    session.private["saves"] = saves
    _require_details(session)
    sessions.give_customer(db, session, email=payer.email, name=payer.name)
    with test_clocks.time_of(db, documents.find(db, "customer", session.body["customer"])):
        return _pay(db, session, payer)


def _pay(db: Database, session: Document, payer: Payer) -> Outcome:
    intent = intent_of(db, session)
    method = _method(db, session, payer)
    address = f"{db.config.pages}/c/pay/{session.id}/bank"
    if session.body["mode"] == "setup":
        intent.body["customer"] = session.body["customer"]
        mandates.accept(db, method, is_for_later=True)
        error = setting_up.attempt(db, intent, method, action=actions.hosted(address))
        return _saved(db, session, intent, error)
    if payer.bank:
        mandates.accept(db, method, is_for_later=bool(_later_use(session, method.body["type"])))
        _keep(db, session, method)
        event = bank_debits.start(db, session, intent, method, payer=payer)
        return Outcome(session, completed_event=event)
    if payer.card and payer.card.test_card.asks_bank:
        intents.wait_for_bank(db, intent, method, action=actions.hosted(address))
        return Outcome(session, bank_page=address)
    return _charge(db, session, intent, method, payer=payer)


def _saved(db: Database, session: Document, intent: Document, error: Body | None) -> Outcome:
    """How an attempt to save a method has ended."""
    if error:
        return Outcome(session, error=error)
    if intent.body["status"] != "succeeded":
        return Outcome(session, bank_page=intent.body["next_action"]["redirect_to_url"]["url"])
    details = documents.require(db, "payment_method", intent.body["payment_method"]).body["billing_details"]
    event = sessions.complete(db, session, email=details["email"], name=details["name"])
    return Outcome(session, completed_event=event)


def pay_nothing(db: Database, session: Document, *, email: str | None) -> Outcome:
    """Complete a session whose total is 0."""
    if session.body["amount_total"]:
        raise StripeError("This Checkout Session has an amount to pay.", param="session")
    _require_details(session)
    sessions.give_customer(db, session, email=email, name=None)
    return Outcome(session, completed_event=sessions.complete(db, session, email=email, name=None))


def intent_of(db: Database, session: Document) -> Document:
    """What the session is paid with, made now if this is the first attempt."""
    if session.body["mode"] == "subscription":
        return signup.intent_of(db, session)
    if session.body["mode"] == "setup":
        return documents.require(db, setting_up.KIND, session.body["setup_intent"])
    return intents.of_session(db, session)


def intent_begun(db: Database, session: Document) -> Document | None:
    """The one that the session's first attempt to pay has made, or that saves its card."""
    if session.body["setup_intent"]:
        return intent_of(db, session)
    return documents.find(db, "payment_intent", session.body["payment_intent"] or session.private.get("invoice_intent"))


def waiting_for_bank(db: Database, session: Document) -> tuple[Document, Document] | None:
    """The intent and payment method of a session that waits for 3-D Secure."""
    return intents.waiting_for_bank(db, intent_begun(db, session))


def answer_bank(db: Database, session: Document, *, is_approved: bool) -> Outcome:
    """The buyer came back from their bank's page."""
    waiting = waiting_for_bank(db, session)
    if waiting is None:
        raise StripeError("This Checkout Session does not wait for the bank.", param="session")
    intent, method = waiting
    with test_clocks.time_of(db, documents.find(db, "customer", session.body["customer"])):
        if session.body["mode"] == "setup":
            return _saved(db, session, intent, setting_up.answer_bank(db, intent, is_approved=is_approved))
        if is_approved:
            payer = payment_methods.payer_of(method)
            return _charge(db, session, intent, method, payer=payer, is_authenticated=True)
        return _fail_authentication(db, session, intent, method)


def _fail_authentication(db: Database, session: Document, intent: Document, method: Document) -> Outcome:
    error = charges.fail_authentication(db, intent, method)
    signup.refused(db, session)
    return Outcome(session, error=error)


def _charge(
    db: Database, session: Document, intent: Document, method: Document, *, payer: Payer, is_authenticated: bool = False
) -> Outcome:
    decline = payer.card.test_card.decline if payer.card else None
    charged = charges.take(db, intent, method, decline=decline, is_authenticated=is_authenticated)
    if charged.error:
        signup.refused(db, session)
        return Outcome(session, error=charged.error)
    _keep(db, session, method)
    signup.paid(db, session, method)
    event = sessions.complete(db, session, email=payer.email, name=payer.name)
    after_payment.of_payment(db, charged.charge, number=payer.card.number if payer.card else None)
    return Outcome(session, completed_event=event)


def _keep(db: Database, session: Document, method: Document) -> None:
    if keeps := _later_use(session, method.body["type"]):
        payment_methods.attach(db, method, session.body["customer"], is_set_up=keeps == "off_session")


def _method(db: Database, session: Document, payer: Payer) -> Document:
    """Made for this payment, and shown again later to whom the session says."""
    method = payment_methods.create(db, payer)
    told = session.private.get("payment_method_data", {}).get("allow_redisplay")
    if shown := told or ("always" if session.private.get("saves") else None):
        method.body["allow_redisplay"] = shown
        documents.save(db, method)
    return method


def is_told(session: Document, method: str) -> bool:
    """Whether the page says that what pays is saved; a box that the buyer ticks says so itself."""
    return session.body["mode"] == "payment" and bool(_later_use(session, method)) and not session.private.get("saves")


def _later_use(session: Document, method: str) -> str | None:
    """What a payment's method is kept for, if it is; a subscription's always is (billing/signup.py)."""
    options = session.body["payment_method_options"].get(method, {})
    keeps = options.get("setup_future_usage") or session.private["payment_intent_data"].get("setup_future_usage")
    # A ticked box is for the next purchase, with the buyer there.
    keeps = keeps or ("on_session" if session.private.get("saves") else None)
    return str(keeps) if keeps and session.body["customer"] else None


def offers_saving(session: Document) -> bool:
    """Whether the page has a box that the buyer may tick, to find the method again."""
    options = session.body["saved_payment_method_options"] or {}
    return options.get("payment_method_save") == "enabled" and session.body["mode"] == "payment"


def _require_details(session: Document) -> None:
    """Nobody pays before the tax is known."""
    if billing_details.are_missing(session):
        raise StripeError("Say first which country the buyer is in: the tax depends on it.", param="country")


def _refuse_absent_method(session: Document, payer: Payer) -> None:
    if payer.method not in session.body["payment_method_types"]:
        raise StripeError(f"This Checkout Session does not take payments by {payer.method}.", param="payment_method")
