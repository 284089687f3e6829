"""Charges: one try to take the money of a PaymentIntent, taken or refused."""

from dataclasses import dataclass
from typing import Any

from stripe_sandbox.errors import error_body
from stripe_sandbox.objects import Body, Document, changes, ids, shapes
from stripe_sandbox.payments import balance, banks, cards, intents, payment_methods
from stripe_sandbox.payments.banks import Bounce
from stripe_sandbox.payments.cards import Decline
from stripe_sandbox.store import Database

# What the account is called on its buyers' statements.
_SHOP = "STRIPE SANDBOX"
_TAKEN = {"network_status": "approved_by_network", "seller_message": "Payment complete.", "type": "authorized"}
_REFUSED = {
    "network_status": "declined_by_network",
    "seller_message": "The bank did not return any further details with this decline.",
    "type": "issuer_declined",
}
_BLOCKED = {
    "network_status": "not_sent_to_network",
    "seller_message": "Stripe blocked this payment as too risky.",
    "type": "blocked",
}


@dataclass(frozen=True)
class Charged:
    """`error` is the PaymentIntent's `last_payment_error`, None if the money was taken."""

    charge: Document
    error: Body | None = None


def take(
    db: Database, intent: Document, method: Document, *, decline: Decline | None, is_authenticated: bool = False
) -> Charged:
    if decline:
        refused = fail(db, intent, method, decline=decline)
        error = _card_error(decline, charge=refused, method=method)
        intents.fail(db, intent, error, charge=refused.id)
        return Charged(refused, error)
    charge = succeed(db, intent, method, is_authenticated=is_authenticated)
    intents.succeed(db, intent, method, charge=charge.id)
    return Charged(charge)


def fail_authentication(db: Database, intent: Document, method: Document) -> Body:
    """The buyer did not pass 3-D Secure; gives the error that the PaymentIntent now has."""
    error = error_body(
        "We are unable to authenticate your payment method. Please choose a different payment method and try again.",
        code="payment_intent_authentication_failure",
        payment_method=method.body,
    )
    intents.fail(db, intent, error, charge=None)
    return error


def _card_error(decline: Decline, *, charge: Document, method: Document) -> Body:
    fields: Body = {"charge": charge.id, "payment_method": method.body, **decline.named}
    return error_body(decline.message, type="card_error", code=decline.code, **fields)


def succeed(db: Database, intent: Document, method: Document, *, is_authenticated: bool) -> Document:
    """A successful charge of the PaymentIntent, with its event; returns the document."""
    body = _body(
        db,
        intent,
        method,
        amount_captured=intent.body["amount"],
        captured=True,
        outcome=_outcome(_TAKEN, method=method),
        paid=True,
        payment_method_details=_method_details(method, amount=intent.body["amount"], is_authenticated=is_authenticated),
        status="succeeded",
    )
    return changes.make(db, "charge", "charge.succeeded", **body | _income(db, body))


def fail(db: Database, intent: Document, method: Document, *, decline: Decline) -> Document:
    """A failed charge of the PaymentIntent with the decline's codes, with its event; returns the document."""
    body = _body(
        db,
        intent,
        method,
        failure_code=decline.code,
        failure_message=decline.message,
        outcome=_refusal(method, decline),
        payment_method_details=_method_details(method, amount=None, is_authenticated=False),
        status="failed",
    )
    return changes.make(db, "charge", "charge.failed", **body)


def pend(db: Database, intent: Document, method: Document) -> Document:
    """A debit that is on its way. Its event comes after the PaymentIntent's, so the caller records it."""
    # A debit counts as captured from the start.
    body = _body(
        db,
        intent,
        method,
        id="py_3" + ids.random_text(23),
        amount_captured=intent.body["amount"],
        captured=True,
        outcome=_outcome({**_TAKEN, "seller_message": "Payment initiated."}),
        payment_method_details=_method_details(method, amount=None, is_authenticated=False),
        status="pending",
    )
    return changes.make(db, "charge", **body)


def settle(db: Database, charge: Document) -> None:
    """A pending bank debit succeeds, with its event and balance transaction."""
    fields = _income(db, charge.body)
    changes.change(db, charge, "charge.succeeded", status="succeeded", paid=True, outcome=_outcome(_TAKEN), **fields)


def bounce(db: Database, charge: Document, reason: Bounce) -> None:
    """A pending bank debit is returned by the bank for `reason`, with its event."""
    changes.change(
        db,
        charge,
        "charge.failed",
        status="failed",
        amount_captured=0,
        captured=False,
        failure_code=reason.code,
        failure_message=reason.message,
        outcome=_outcome(_REFUSED, reason=reason.code),
    )


def _income(db: Database, charge: Body) -> Body:
    """What a charge has from the moment its money is there."""
    receipt_url = f"{db.config.pages}/stripe-sandbox/receipts/{charge['id']}"
    return {"balance_transaction": balance.take_in(db, charge), "receipt_url": receipt_url}


def _body(db: Database, intent: Document, method: Document, **fields: Any) -> Body:
    copied = (
        "amount currency customer description metadata receipt_email shipping statement_descriptor "
        "statement_descriptor_suffix transfer_group"
    )
    return shapes.new(
        "charge",
        billing_details=method.body["billing_details"],
        payment_intent=intent.id,
        payment_method=method.id,
        **{name: intent.body[name] for name in copied.split()},
        calculated_statement_descriptor=_on_the_statement(intent.body, is_card="card" in method.body),
        **fields,
    )


def _on_the_statement(intent: Body, *, is_card: bool) -> str:
    """A card's statement says who the shop is and then the suffix; others say what the payment says."""
    if is_card:
        suffix = intent["statement_descriptor_suffix"]
        return f"{_SHOP}* {suffix}"[:22].upper() if suffix else _SHOP
    return str(intent["statement_descriptor"] or _SHOP).upper()


def _refusal(method: Document, decline: Decline) -> Body:
    if decline is cards.BLOCKED:
        return _outcome(_BLOCKED, reason="highest_risk_level", method=method)
    return _outcome(_REFUSED, reason=decline.decline_code or decline.code, method=method)


def _outcome(fields: Body, *, reason: str | None = None, method: Document | None = None) -> Body:
    empty = dict.fromkeys(("advice_code", "network_advice_code", "network_decline_code"))
    card = payment_methods.test_card_of(method) if method else None
    level, score = card.risk if card else ("normal", 20)
    return {**empty, "risk_level": level, "risk_score": score, **fields, "reason": reason}


def _method_details(method: Document, *, amount: int | None, is_authenticated: bool) -> Body:
    if method.body["type"] == "link":
        return {"type": "link", "link": {"country": "US"}}
    if method.body["type"] == "us_bank_account":
        shown = {name: method.body["us_bank_account"][name] for name in banks.SHOWN}
        agreed = {"mandate": method.private["mandate"]} if "mandate" in method.private else {}
        return {"type": "us_bank_account", "us_bank_account": {**shown, "payment_reference": None, **agreed}}
    card = method.body["card"]
    same = "brand country exp_month exp_year fingerprint funding last4 regulated_status wallet".split()
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
