"""A buyer pays for a Checkout Session: the one place where a session's money moves.

Everything happens in the caller's write transaction, so of two tabs that pay at once exactly one finds the session
open.
"""

from dataclasses import dataclass

from stripe_sandbox.billing import signup, test_clocks
from stripe_sandbox.checkout import sessions
from stripe_sandbox.errors import StripeError, no_such
from stripe_sandbox.objects import documents
from stripe_sandbox.objects.documents import Body, Document
from stripe_sandbox.payments import after_payment, bank_debits, charging, intents, payment_methods
from stripe_sandbox.payments.payment_methods import Payer
from stripe_sandbox.store import clock
from stripe_sandbox.store.store import Database
from stripe_sandbox.webhooks.events import Cause


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
    """The session with this id, if it can still be paid. Raises SessionClosed, StripeError (404)."""
    session = documents.find(db, "checkout.session", session_id)
    if session is None:
        raise no_such("checkout.session", session_id, param="session")
    if session.body["status"] != "open":
        raise SessionClosed(session.body["status"])
    return session


def pay(db: Database, session: Document, payer: Payer, *, cause: Cause) -> Outcome:
    """One attempt with what the payer has. The session must be open."""
    _refuse_absent_method(session, payer)
    sessions.give_customer(db, session, email=payer.email, name=payer.name, cause=cause)
    with test_clocks.time_of(db, documents.find(db, "customer", session.body["customer"] or "")):
        return _pay(db, session, payer, cause=cause)


def _pay(db: Database, session: Document, payer: Payer, *, cause: Cause) -> Outcome:
    intent = intent_of(db, session, cause=cause)
    method = _method(db, session, payer)
    if payer.bank:
        event = bank_debits.start(db, session, intent, method, payer=payer, cause=cause)
        return Outcome(session, completed_event=event)
    if payer.card and payer.card.test_card.asks_bank:
        address = f"{db.config.pages}/c/pay/{session.id}/bank"
        intents.wait_for_bank(db, intent, method, address=address, cause=cause)
        return Outcome(session, bank_page=address)
    return _charge(db, session, intent, method, payer=payer, cause=cause)


def pay_nothing(db: Database, session: Document, *, email: str | None, cause: Cause) -> Outcome:
    """Complete a session whose total is 0."""
    if session.body["amount_total"]:
        raise StripeError("This Checkout Session has an amount to pay.", param="session")
    sessions.give_customer(db, session, email=email, name=None, cause=cause)
    return Outcome(session, completed_event=sessions.complete(db, session, email=email, name=None))


def intent_of(db: Database, session: Document, *, cause: Cause) -> Document:
    """What the session is paid with, made now if this is the first attempt."""
    if session.body["mode"] == "subscription":
        return signup.intent_of(db, session, cause=cause)
    return intents.of_session(db, session, cause=cause)


def waiting_for_bank(db: Database, session: Document) -> tuple[Document, Document] | None:
    """The PaymentIntent and payment method of a session that waits for 3-D Secure."""
    intent_id = session.body["payment_intent"] or session.private.get("invoice_intent", "")
    intent = documents.find(db, "payment_intent", intent_id)
    if intent is None or intent.body["status"] != "requires_action":
        return None
    method = documents.find(db, "payment_method", intent.body["payment_method"])
    return (intent, method) if method else None


def answer_bank(db: Database, session: Document, *, is_approved: bool, cause: Cause) -> Outcome:
    """Finish a payment with the buyer's answer at the bank; returns the outcome."""
    waiting = waiting_for_bank(db, session)
    if waiting is None:
        raise StripeError("This Checkout Session does not wait for the bank.", param="session")
    intent, method = waiting
    with test_clocks.time_of(db, documents.find(db, "customer", session.body["customer"] or "")):
        if is_approved:
            payer = payment_methods.payer_of(method)
            return _charge(db, session, intent, method, payer=payer, is_authenticated=True, cause=cause)
        return _fail_authentication(db, session, intent, method, cause=cause)


def _fail_authentication(
    db: Database, session: Document, intent: Document, method: Document, *, cause: Cause
) -> Outcome:
    error = charging.fail_authentication(db, intent, method, cause=cause)
    signup.refused(db, session, cause=cause)
    return Outcome(session, error=error)


def _charge(
    db: Database,
    session: Document,
    intent: Document,
    method: Document,
    *,
    payer: Payer,
    cause: Cause,
    is_authenticated: bool = False,
) -> Outcome:
    decline = payer.card.test_card.decline if payer.card else None
    charged = charging.take(db, intent, method, decline=decline, is_authenticated=is_authenticated, cause=cause)
    if charged.error:
        signup.refused(db, session, cause=cause)
        return Outcome(session, error=charged.error)
    if keeps := _later_use(session, method):
        agreed = keeps == "off_session"
        payment_methods.attach(db, method, session.body["customer"], is_set_up=agreed, cause=cause)
    signup.paid(db, session, method, cause=cause)
    event = sessions.complete(db, session, email=payer.email, name=payer.name)
    after_payment.of_payment(db, charged.charge, number=payer.card.number if payer.card else None)
    return Outcome(session, completed_event=event)


def _method(db: Database, session: Document, payer: Payer) -> Document:
    """Made for this payment, and shown again later to whom the session says."""
    method = payment_methods.create(db, payer, customer=None, now=clock.now(db))
    if shown := session.private.get("payment_method_data", {}).get("allow_redisplay"):
        method.body["allow_redisplay"] = shown
        documents.save(db, method)
    return method


def _later_use(session: Document, method: Document) -> str | None:
    """What a payment's method is kept for, if it is; a subscription's always is (billing/signup.py)."""
    options = session.body["payment_method_options"].get(method.body["type"], {})
    keeps = options.get("setup_future_usage") or session.private["payment_intent_data"].get("setup_future_usage")
    return str(keeps) if keeps and session.body["customer"] else None


def _refuse_absent_method(session: Document, payer: Payer) -> None:
    if payer.method not in session.body["payment_method_types"]:
        raise StripeError(f"This Checkout Session does not take payments by {payer.method}.", param="payment_method")
