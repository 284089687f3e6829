"""Money in another currency than a charge's: what the buyer saw, or what the account got for it, and at which rate."""

import re
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from stripe_sandbox.catalogue import currencies
from stripe_sandbox.errors import StripeError
from stripe_sandbox.objects import Body, Document, documents
from stripe_sandbox.payments import balance
from stripe_sandbox.store import Database
from stripe_sandbox.webhooks import events


@dataclass(frozen=True)
class Money:
    """Minor units of a currency."""

    amount: int
    currency: str

    @property
    def _major(self) -> Fraction:
        return Fraction(self.amount, 10 ** currencies.places(self.currency))

    def rate_into(self, other: "Money") -> float | None:
        """What one of this currency is in the other, as a balance transaction says it; None within one currency."""
        return None if self.currency == other.currency else round(float(other._major / self._major), 6)

    def share(self, part: int, whole: int) -> "Money":
        return Money((2 * self.amount * part + whole) // (2 * whole), self.currency)


class MoneyText:
    """A parameter such as eur:3680."""

    def read(self, value: Any, where: str) -> Money:
        found = re.fullmatch(r"([a-z]{3}):(\d{1,12})", str(value).lower(), re.ASCII)
        if found is None or not currencies.is_known(found[1]) or not int(found[2]):
            raise StripeError(f"Invalid money: {value}. Say it as eur:3680, in the minor unit.", param=where)
        return Money(int(found[2]), found[1])


class CurrencyText:
    """A parameter such as eur."""

    def read(self, value: Any, where: str) -> str:
        if not currencies.is_known(code := str(value).lower()):
            raise StripeError(f"Invalid currency: {value}. Say it as eur.", param=where)
        return code


def convert(db: Database, charge: Document, *, presented: Money | None, settled: Money | None) -> Document:
    """Say what the buyer saw of a charge that was taken, and what it came to on the account."""
    if presented:
        shown = {"presentment_amount": presented.amount, "presentment_currency": presented.currency}
        for paid in (charge, documents.find(db, "payment_intent", charge.body["payment_intent"])):
            if paid:
                paid.body["presentment_details"] = shown
                documents.save(db, paid)
    if settled:
        fields: Body = {"source": charge.id, "reporting_category": "charge", "description": charge.body["description"]}
        rate = Money(charge.body["amount"], charge.body["currency"]).rate_into(settled)
        moved = balance.record(
            db, "charge", amount=settled.amount, currency=settled.currency, exchange_rate=rate, **fields
        )
        charge.body["balance_transaction"] = moved.id
    documents.save(db, charge)
    events.record(db, "charge.updated", charge, previous={"balance_transaction": None} if settled else {})
    return charge


def counted(db: Database, charge: Document, sent: Money, movement: Body) -> int | None:
    """What a refund, as sent and settled, comes to in the charge's currency; None: nothing relates them."""
    whole = charge.body["amount"]
    shown = charge.body.get("presentment_details") or {}
    settled = documents.find(db, "balance_transaction", charge.body["balance_transaction"])
    if sent.currency == charge.body["currency"]:
        return sent.amount
    if movement["currency"] == charge.body["currency"]:
        return abs(int(movement["amount"]))
    if sent.currency == shown.get("presentment_currency"):
        return Money(whole, "").share(sent.amount, shown["presentment_amount"]).amount
    if settled and settled.body["currency"] == movement["currency"]:
        return Money(whole, "").share(abs(movement["amount"]), settled.body["amount"]).amount
    return None
