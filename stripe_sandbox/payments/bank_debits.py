"""Payments from a bank account: on their way for days, then settled or bounced.

The session is complete but unpaid meanwhile; its PaymentIntent is `processing` and its charge `pending`.
"""

from stripe_sandbox.checkout import sessions
from stripe_sandbox.errors import StripeError, no_such
from stripe_sandbox.objects import documents
from stripe_sandbox.objects.documents import Document
from stripe_sandbox.payments import after_payment, banks, charges, intents
from stripe_sandbox.payments.banks import BankAccount
from stripe_sandbox.payments.payment_methods import Payer
from stripe_sandbox.store import clock
from stripe_sandbox.store.store import Database
from stripe_sandbox.webhooks import events
from stripe_sandbox.webhooks.events import Cause

# ACH debits take up to four business days.
_DAYS_ON_THE_WAY = 4


def start(db: Database, session: Document, intent: Document, method: Document, *, payer: Payer, cause: Cause) -> str:
    """Send the debit off; gives back the id of the session's event."""
    charge = charges.pend(db, intent, method)
    if payer.bank and payer.bank.fate != "stays":
        intent.due_at = clock.now(db) + _DAYS_ON_THE_WAY * 24 * 3600
    intents.process(db, intent, method, charge=charge.id, cause=cause)
    events.record(db, "charge.pending", charge, cause=cause)
    return sessions.complete(db, session, email=payer.email, name=payer.name, is_on_its_way=True)


def settle(db: Database, session: Document, *, cause: Cause) -> Document:
    """The bank debit of a session succeeds: charge, PaymentIntent and session, with events. Raises StripeError."""
    intent, charge, account = _on_its_way(db, session)
    method = _method(db, intent)
    charges.settle(db, charge, cause=cause)
    intents.succeed(db, intent, method, charge=charge.id, cause=cause)
    sessions.settle(db, session, cause=cause)
    after_payment.of_payment(db, charge, number=account.number)
    return session


def bounce(db: Database, session: Document, *, cause: Cause) -> Document:
    """The bank sent the debit back: for its account's own reason, else for want of money."""
    intent, charge, account = _on_its_way(db, session)
    reason = account.bounce or banks.NO_MONEY
    charges.bounce(db, charge, reason, cause=cause)
    error = {
        "charge": charge.id,
        "code": reason.code,
        "doc_url": f"https://stripe.com/docs/error-codes/{reason.code.replace('_', '-')}",
        "message": reason.message,
        "payment_method": _method(db, intent).body,
        "type": "invalid_request_error",
    }
    intents.fail(db, intent, error, charge=charge.id, cause=cause)
    session.private["is_bounced"] = True
    documents.save(db, session)
    events.record(db, "checkout.session.async_payment_failed", session, cause=cause)
    return session


def come_due(db: Database, intent: Document) -> None:
    """Settle or return a bank debit whose time has come, as its test account says."""
    session = documents.find(db, "checkout.session", intent.private["session"])
    if session:
        _, _, account = _on_its_way(db, session)
        act = bounce if account.fate == "bounces" else settle
        act(db, session, cause=events.TIME)


def of_session(db: Database, session_id: str) -> Document:
    """The Checkout Session with this id. Raises StripeError (404)."""
    session = documents.find(db, "checkout.session", session_id)
    if session is None:
        raise no_such("checkout.session", session_id, param="session")
    return session


def _on_its_way(db: Database, session: Document) -> tuple[Document, Document, BankAccount]:
    """The PaymentIntent, the charge and the account of a session whose debit is under way."""
    intent = documents.find(db, "payment_intent", session.body["payment_intent"] or "")
    charge = documents.find(db, "charge", intent.body["latest_charge"] or "") if intent else None
    if intent is None or charge is None or intent.body["status"] != "processing":
        status = f"{session.body['status']}/{session.body['payment_status']}"
        raise StripeError(f"Checkout Session {session.id} ({status}) has no bank payment on its way.", param="session")
    account = banks.account(_method(db, intent).private["number"])
    if account is None:
        raise StripeError("The bank account is none of Stripe's test accounts.")
    return intent, charge, account


def _method(db: Database, intent: Document) -> Document:
    method = documents.find(db, "payment_method", intent.body["payment_method"])
    if method is None:
        raise no_such("payment_method", intent.body["payment_method"])
    return method
