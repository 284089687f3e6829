"""Payments from a bank account: on their way for days, then settled or bounced.

The session is complete but unpaid meanwhile; its PaymentIntent is `processing` and its charge `pending`.
"""

from stripe_sandbox.checkout import sessions
from stripe_sandbox.errors import StripeError, error_body
from stripe_sandbox.objects import Body, Document, changes, documents
from stripe_sandbox.payments import after_payment, banks, charges, intents
from stripe_sandbox.payments.banks import BankAccount
from stripe_sandbox.payments.payment_methods import Payer
from stripe_sandbox.store import Database, clock
from stripe_sandbox.webhooks import events

# ACH debits take up to four business days.
_DAYS_ON_THE_WAY = 4


def start(db: Database, session: Document, intent: Document, method: Document, *, payer: Payer) -> str:
    """Send the debit off; gives back the id of the session's event."""
    charge = charges.pend(db, intent, method)
    if payer.bank and payer.bank.fate != "stays":
        intent.due_at = clock.now(db) + _DAYS_ON_THE_WAY * 24 * 3600
    intents.process(db, intent, method, charge=charge.id)
    events.record(db, "charge.pending", charge)
    return sessions.complete(db, session, email=payer.email, name=payer.name, is_on_its_way=True)


def settle(db: Database, session: Document) -> Document:
    """The bank has paid."""
    intent, charge, account = _on_its_way(db, session)
    method = _method(db, intent)
    charges.settle(db, charge)
    intents.succeed(db, intent, method, charge=charge.id)
    sessions.settle(db, session)
    after_payment.of_payment(db, charge, number=account.number)
    return session


def bounce(db: Database, session: Document) -> Document:
    """The bank sent the debit back: for its account's own reason, else for want of money."""
    intent, charge, account = _on_its_way(db, session)
    reason = account.bounce or banks.NO_MONEY
    charges.bounce(db, charge, reason)
    fields: Body = {"charge": charge.id, "payment_method": _method(db, intent).body}
    intents.fail(db, intent, error_body(reason.message, code=reason.code, **fields), charge=charge.id)
    session.private["is_bounced"] = True
    return changes.change(db, session, "checkout.session.async_payment_failed")


def come_due(db: Database, intent: Document) -> None:
    """Settle or return a bank debit whose time has come, as its test account says."""
    session = documents.find(db, "checkout.session", intent.private["session"])
    if session:
        _, _, account = _on_its_way(db, session)
        act = bounce if account.fate == "bounces" else settle
        act(db, session)


def _on_its_way(db: Database, session: Document) -> tuple[Document, Document, BankAccount]:
    """The PaymentIntent, the charge and the account of a session whose debit is under way."""
    intent = documents.find(db, "payment_intent", session.body["payment_intent"])
    charge = documents.find(db, "charge", intent.body["latest_charge"]) if intent else None
    if intent is None or charge is None or intent.body["status"] != "processing":
        status = f"{session.body['status']}/{session.body['payment_status']}"
        raise StripeError(f"Checkout Session {session.id} ({status}) has no bank payment on its way.", param="session")
    account = banks.account(_method(db, intent).private["number"])
    if account is None:
        raise StripeError("The bank account is none of Stripe's test accounts.")
    return intent, charge, account


def _method(db: Database, intent: Document) -> Document:
    return documents.require(db, "payment_method", intent.body["payment_method"])
