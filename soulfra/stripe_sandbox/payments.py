"""A buyer pays for a Checkout Session: the one place where a session's money moves.

Everything happens in the caller's write transaction, so of two tabs that pay at once exactly one finds the session
open.
"""

from dataclasses import dataclass

from django.conf import settings

from soulfra.stripe_sandbox import aftermath, bank_debits, charges, clock, documents, intents, payment_methods, sessions
from soulfra.stripe_sandbox.cards import Decline
from soulfra.stripe_sandbox.documents import Body, Document
from soulfra.stripe_sandbox.errors import StripeError, no_such
from soulfra.stripe_sandbox.events import Cause
from soulfra.stripe_sandbox.payment_methods import Payer
from soulfra.stripe_sandbox.store import Database

_NOT_AUTHENTICATED = (
    "We are unable to authenticate your payment method. Please choose a different payment method and try again."
)


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
    intent = intents.of_session(db, session, cause=cause)
    method = payment_methods.create(db, payer, customer=session.body["customer"], now=clock.now(db))
    if payer.bank:
        event = bank_debits.start(db, session, intent, method, payer=payer, cause=cause)
        return Outcome(session, completed_event=event)
    if payer.card and payer.card.test_card.asks_bank:
        address = f"{settings.SANDBOX_ADDRESS}/c/pay/{session.id}/bank"
        intents.wait_for_bank(db, intent, method, address=address, cause=cause)
        return Outcome(session, bank_page=address)
    return _charge(db, session, intent, method, payer=payer, cause=cause)


def pay_nothing(db: Database, session: Document, *, email: str | None, cause: Cause) -> Outcome:
    """Complete a session whose total is 0."""
    if session.body["amount_total"]:
        raise StripeError("This Checkout Session has an amount to pay.", param="session")
    sessions.give_customer(db, session, email=email, name=None, cause=cause)
    return Outcome(session, completed_event=sessions.complete(db, session, email=email, name=None))


def waiting_for_bank(db: Database, session: Document) -> tuple[Document, Document] | None:
    """The PaymentIntent and payment method of a session that waits for 3-D Secure."""
    intent = documents.find(db, "payment_intent", session.body["payment_intent"] or "")
    if intent is None or intent.body["status"] != "requires_action":
        return None
    method = documents.find(db, "payment_method", intent.body["payment_method"])
    return (intent, method) if method else None


def answer_bank(db: Database, session: Document, *, is_approved: bool, cause: Cause) -> Outcome:
    """The buyer came back from their bank's page."""
    waiting = waiting_for_bank(db, session)
    if waiting is None:
        raise StripeError("This Checkout Session does not wait for the bank.", param="session")
    intent, method = waiting
    if is_approved:
        payer = payment_methods.payer_of(method)
        return _charge(db, session, intent, method, payer=payer, is_authenticated=True, cause=cause)
    error = {
        "code": "payment_intent_authentication_failure",
        "doc_url": "https://stripe.com/docs/error-codes/payment-intent-authentication-failure",
        "message": _NOT_AUTHENTICATED,
        "payment_method": method.body,
        "type": "invalid_request_error",
    }
    intents.fail(db, intent, error, charge=None, cause=cause)
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
    if decline:
        refused = charges.fail(db, intent, method, decline=decline, cause=cause)
        error = _card_error(decline, charge=refused, method=method)
        intents.fail(db, intent, error, charge=refused.id, cause=cause)
        return Outcome(session, error=error)
    charge = charges.succeed(db, intent, method, is_authenticated=is_authenticated, cause=cause)
    intents.succeed(db, intent, method, charge=charge.id, cause=cause)
    event = sessions.complete(db, session, email=payer.email, name=payer.name)
    aftermath.of_payment(db, charge, number=payer.card.number if payer.card else None)
    return Outcome(session, completed_event=event)


def _card_error(decline: Decline, *, charge: Document, method: Document) -> Body:
    error = {
        "charge": charge.id,
        "code": decline.code,
        "doc_url": f"https://stripe.com/docs/error-codes/{decline.code.replace('_', '-')}",
        "message": decline.message,
        "payment_method": method.body,
        "type": "card_error",
    }
    return error | ({"decline_code": decline.decline_code} if decline.decline_code else {})


def _refuse_absent_method(session: Document, payer: Payer) -> None:
    if payer.method not in session.body["payment_method_types"]:
        raise StripeError(f"This Checkout Session does not take payments by {payer.method}.", param="payment_method")
