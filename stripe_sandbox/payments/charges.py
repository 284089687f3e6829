"""Charges: one try to take the money of a PaymentIntent, taken or refused."""

from stripe_sandbox.objects import documents, ids, shapes
from stripe_sandbox.objects.documents import Body, Document
from stripe_sandbox.payments import balance, banks
from stripe_sandbox.payments.banks import Bounce
from stripe_sandbox.payments.cards import Decline
from stripe_sandbox.store import clock
from stripe_sandbox.store.store import Database
from stripe_sandbox.webhooks import events
from stripe_sandbox.webhooks.events import Cause

# What the account is called on its buyers' statements.
_SHOP = "STRIPE SANDBOX"
_TAKEN = {
    "network_status": "approved_by_network",
    "seller_message": "Payment complete.",
    "type": "authorized",
}
_REFUSED = {
    "network_status": "declined_by_network",
    "seller_message": "The bank did not return any further details with this decline.",
    "type": "issuer_declined",
}


def succeed(db: Database, intent: Document, method: Document, *, is_authenticated: bool, cause: Cause) -> Document:
    """A successful charge of the PaymentIntent, with its event; returns the document."""
    charge_id = ids.new("charge")
    body = shapes.new(
        "charge",
        **_from_intent(db, charge_id, intent, method),
        amount_captured=intent.body["amount"],
        captured=True,
        outcome=_outcome(_TAKEN),
        paid=True,
        payment_method_details=_method_details(method, amount=intent.body["amount"], is_authenticated=is_authenticated),
        receipt_url=f"{db.config.pages}/stripe-sandbox/receipts/{charge_id}",
        status="succeeded",
    )
    body["balance_transaction"] = balance.take_in(db, body)
    return _record(db, "charge.succeeded", body, cause=cause)


def fail(db: Database, intent: Document, method: Document, *, decline: Decline, cause: Cause) -> Document:
    """A failed charge of the PaymentIntent with the decline's codes, with its event; returns the document."""
    body = shapes.new(
        "charge",
        **_from_intent(db, ids.new("charge"), intent, method),
        failure_code=decline.code,
        failure_message=decline.message,
        outcome=_outcome(_REFUSED, reason=decline.decline_code or decline.code),
        payment_method_details=_method_details(method, amount=None, is_authenticated=False),
        status="failed",
    )
    return _record(db, "charge.failed", body, cause=cause)


def pend(db: Database, intent: Document, method: Document) -> Document:
    """A debit that is on its way. Its event comes after the PaymentIntent's, so the caller records it."""
    fields = _from_intent(db, "py_3" + ids.random_text(23), intent, method)
    details = _method_details(method, amount=None, is_authenticated=False)
    # A debit counts as captured from the start.
    body = shapes.new(
        "charge",
        **fields,
        amount_captured=intent.body["amount"],
        captured=True,
        outcome=_outcome({**_TAKEN, "network_status": "approved_by_network", "seller_message": "Payment initiated."}),
        payment_method_details=details,
        status="pending",
    )
    return documents.add(db, Document("charge", body))


def settle(db: Database, charge: Document, *, cause: Cause) -> None:
    """A pending bank debit succeeds, with its event and balance transaction."""
    receipt_url = f"{db.config.pages}/stripe-sandbox/receipts/{charge.id}"
    charge.body |= {"status": "succeeded", "paid": True, "receipt_url": receipt_url, "outcome": _outcome(_TAKEN)}
    charge.body["balance_transaction"] = balance.take_in(db, charge.body)
    documents.save(db, charge)
    events.record(db, "charge.succeeded", charge, cause=cause)


def bounce(db: Database, charge: Document, reason: Bounce, *, cause: Cause) -> None:
    """A pending bank debit is returned by the bank for `reason`, with its event."""
    charge.body |= {
        "status": "failed",
        "amount_captured": 0,
        "captured": False,
        "failure_code": reason.code,
        "failure_message": reason.message,
        "outcome": _outcome(_REFUSED, reason=reason.code),
    }
    documents.save(db, charge)
    events.record(db, "charge.failed", charge, cause=cause)


def _record(db: Database, event: str, body: Body, *, cause: Cause) -> Document:
    charge = documents.add(db, Document("charge", body))
    events.record(db, event, charge, cause=cause)
    return charge


def _from_intent(db: Database, charge_id: str, intent: Document, method: Document) -> Body:
    copied = (
        "amount currency customer description metadata receipt_email shipping statement_descriptor "
        "statement_descriptor_suffix transfer_group"
    )
    return {
        "id": charge_id,
        "created": clock.now(db),
        "billing_details": method.body["billing_details"],
        "payment_intent": intent.id,
        "payment_method": method.id,
        **{name: intent.body[name] for name in copied.split()},
        "calculated_statement_descriptor": _on_the_statement(intent.body, is_card="card" in method.body),
    }


def _on_the_statement(intent: Body, *, is_card: bool) -> str:
    """A card's statement says who the shop is and then the suffix; others say what the payment says."""
    if is_card:
        suffix = intent["statement_descriptor_suffix"]
        return f"{_SHOP}* {suffix}"[:22].upper() if suffix else _SHOP
    return str(intent["statement_descriptor"] or _SHOP).upper()


def _outcome(fields: Body, *, reason: str | None = None) -> Body:
    empty = dict.fromkeys(("advice_code", "network_advice_code", "network_decline_code"))
    return {**empty, "risk_level": "normal", "risk_score": 20, **fields, "reason": reason}


def _method_details(method: Document, *, amount: int | None, is_authenticated: bool) -> Body:
    if method.body["type"] == "link":
        return {"type": "link", "link": {"country": "US"}}
    if method.body["type"] == "us_bank_account":
        shown = {name: method.body["us_bank_account"][name] for name in banks.SHOWN}
        return {"type": "us_bank_account", "us_bank_account": {**shown, "payment_reference": None}}
    card = method.body["card"]
    same = (
        "brand",
        "country",
        "exp_month",
        "exp_year",
        "fingerprint",
        "funding",
        "last4",
        "regulated_status",
        "wallet",
    )
    empty = ("installments", "mandate", "network_transaction_id", "transaction_link_id")
    return {
        "type": "card",
        "card": {
            **{name: card[name] for name in same},
            **dict.fromkeys(empty),
            "amount_authorized": amount,
            "authorization_code": ids.random_text(6).upper() if amount else None,
            "checks": card["checks"] | {"cvc_check": "pass" if amount else "unchecked"},
            "electronic_commerce_indicator": "05" if is_authenticated else "07",
            "network": card["brand"],
            "three_d_secure": _AUTHENTICATED if is_authenticated else None,
        },
    }


_AUTHENTICATED = {
    "authentication_flow": "challenge",
    "electronic_commerce_indicator": "05",
    "exemption_indicator": None,
    "result": "authenticated",
    "result_reason": None,
    "transaction_id": None,
    "version": "2.2.0",
}
