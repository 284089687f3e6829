"""Payments from a bank account: on their way for days, then settled or bounced.

Meanwhile the PaymentIntent is `processing`, its charge `pending`, and a session that it belongs to complete but unpaid.
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
    """Send the debit of a session off; gives back the id of the session's event."""
    send_off(db, intent, method)
    return sessions.complete(db, session, email=payer.email, name=payer.name, is_on_its_way=True)


def send_off(db: Database, intent: Document, method: Document) -> None:
    """The debit is with the banks now, until its test account says what becomes of it."""
    charge = charges.pend(db, intent, method)
    account = banks.account(method.private.get("number"))
    if account and account.fate != "stays":
        intent.due_at = clock.now(db) + _DAYS_ON_THE_WAY * 24 * 3600
    intents.process(db, intent, method, charge=charge.id)
    events.record(db, "charge.pending", charge)


def settle(db: Database, intent: Document) -> Document:
    """The bank has paid; gives the session that was paid, or the intent of none."""
    charge, account = _on_its_way(db, intent)
    charges.settle(db, charge)
    intents.succeed(db, intent, _method(db, intent), charge=charge.id)
    session = _session(db, intent)
    if session:
        sessions.settle(db, session)
    after_payment.of_payment(db, charge, number=account.number)
    return session or intent


def bounce(db: Database, intent: Document) -> Document:
    """The bank sent the debit back: for its account's own reason, else for want of money."""
    charge, account = _on_its_way(db, intent)
    reason = account.bounce or banks.NO_MONEY
    charges.bounce(db, charge, reason)
    fields: Body = {"charge": charge.id, "payment_method": _method(db, intent).body}
    intents.fail(db, intent, error_body(reason.message, code=reason.code, **fields), charge=charge.id)
    session = _session(db, intent)
    if session is None:
        return intent
    session.private["is_bounced"] = True
    return changes.change(db, session, "checkout.session.async_payment_failed")


def come_due(db: Database, intent: Document) -> None:
    """Settle or return a bank debit whose time has come, as its test account says."""
    _, account = _on_its_way(db, intent)
    act = bounce if account.fate == "bounces" else settle
    act(db, intent)


def none_of(document: Document) -> StripeError:
    """The refusal of a session or PaymentIntent that has no debit under way."""
    body, what, status = document.body, "PaymentIntent", document.body["status"]
    if document.kind == "checkout.session":
        what, status = "Checkout Session", f"{body['status']}/{body['payment_status']}"
    return StripeError(f"{what} {document.id} ({status}) has no bank payment on its way.", param="session")


def _on_its_way(db: Database, intent: Document) -> tuple[Document, BankAccount]:
    """The charge and the account of a PaymentIntent whose debit is under way."""
    charge = documents.find(db, "charge", intent.body["latest_charge"])
    if charge is None or intent.body["status"] != "processing":
        raise none_of(_session(db, intent) or intent)
    account = banks.account(_method(db, intent).private["number"])
    if account is None:
        raise StripeError("The bank account is none of Stripe's test accounts.")
    return charge, account


def _session(db: Database, intent: Document) -> Document | None:
    return documents.find(db, "checkout.session", intent.private.get("session"))


def _method(db: Database, intent: Document) -> Document:
    return documents.require(db, "payment_method", intent.body["payment_method"])
