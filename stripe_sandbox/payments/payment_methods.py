"""What a payment is made with: a card that was typed in, the buyer's Link wallet, or a bank account."""

import time
from dataclasses import dataclass

from stripe_sandbox.errors import StripeError
from stripe_sandbox.objects import Body, Document, changes, documents, shapes
from stripe_sandbox.payments.banks import BankAccount
from stripe_sandbox.payments.cards import EXPIRED, Card, Decline, TestCard
from stripe_sandbox.store import Database, clock


@dataclass(frozen=True)
class Payer:
    """Who pays, and with what: neither card nor bank is Link."""

    email: str
    name: str | None
    card: Card | None
    bank: BankAccount | None = None

    @property
    def method(self) -> str:
        return "card" if self.card else "us_bank_account" if self.bank else "link"

    @property
    def billing_details(self) -> Body:
        known = {"email": self.email or None, "name": self.name}
        return {"address": shapes.ADDRESS, **known, "phone": None, "tax_id": None}


def create(db: Database, payer: Payer) -> Document:
    """A payment method from what the payer entered; returns the document."""
    if payer.card:
        # Only the number of a public test card is kept: it decides what later charges do.
        shown, number = _card(payer.card), payer.card.number if payer.card.is_test_card else None
    elif payer.bank:
        shown, number = payer.bank.body, payer.bank.number
    else:
        shown, number = {"email": payer.email}, None
    fields: Body = {"billing_details": payer.billing_details, "type": payer.method, payer.method: shown}
    return changes.make(db, "payment_method", private={"number": number} if number else {}, **fields)


def attach(db: Database, method: Document, customer_id: str, *, is_set_up: bool = False) -> None:
    """Save it with the customer. `is_set_up`: the bank has agreed to charges that are made without the customer."""
    method.private["is_set_up"] = is_set_up or method.private.get("is_set_up", False)
    if method.body["customer"] == customer_id:
        documents.save(db, method)
        return
    changes.change(db, method, "payment_method.attached", customer=customer_id)


def detach(db: Database, method: Document) -> None:
    """Detach the payment method from its customer, with its event."""
    if method.body["customer"] is None:
        raise StripeError(
            "The payment method you provided is not attached to a customer so detachment is impossible.",
            param="payment_method",
        )
    method.private["is_detached"] = True
    changes.update(db, method, "payment_method.detached", customer=None)


def test_card_of(method: Document) -> TestCard | None:
    """What Stripe's test card numbers make of this method; None for other methods. https://docs.stripe.com/testing"""
    card = method.body.get("card")
    return Card(method.private.get("number", ""), card["exp_month"], card["exp_year"]).test_card if card else None


def decline_of(db: Database, method: Document) -> Decline | None:
    """How payments with this method are declined; None when they succeed."""
    card = test_card_of(method)
    if card and _has_expired(method.body["card"], now=clock.now(db)):
        return EXPIRED
    return card.decline if card else None


def _has_expired(card: Body, *, now: int) -> bool:
    """A card is good until the end of the month that stands on it."""
    today = time.gmtime(now)
    return bool((card["exp_year"], card["exp_month"]) < (today.tm_year, today.tm_mon))


def asks_bank(method: Document) -> bool:
    """Whether a payment with this method needs 3-D Secure while the customer is there."""
    card = test_card_of(method)
    return bool(card and card.asks_bank)


def asks_bank_when_absent(method: Document) -> bool:
    """3-D Secure for a charge that is made without the customer, who is not there to pass it."""
    card = test_card_of(method)
    if card is None or card.asks_never_absent:
        return False
    return card.asks_always or (card.asks_bank and not method.private.get("is_set_up", False))


def payer_of(method: Document) -> Payer:
    """The payer of a payment that waited for the bank."""
    details, card = method.body["billing_details"], method.body.get("card")
    return Payer(
        email=details["email"],
        name=details["name"],
        card=Card(method.private["number"], card["exp_month"], card["exp_year"]) if card else None,
    )


def _card(card: Card) -> Body:
    test_card = card.test_card
    return {
        "brand": test_card.brand,
        "checks": {"address_line1_check": None, "address_postal_code_check": None, "cvc_check": None},
        "country": "US",
        "display_brand": test_card.brand,
        "exp_month": card.exp_month,
        "exp_year": card.exp_year,
        "fingerprint": card.fingerprint,
        "funding": test_card.funding,
        "generated_from": None,
        "last4": card.number[-4:],
        "networks": {"available": [test_card.brand], "preferred": None},
        "regulated_status": "unregulated",
        "three_d_secure_usage": {"supported": True},
        "wallet": None,
    }
