"""What an event about money that went back needs from Stripe before a transaction opens.

Refunds and disputes name a PaymentIntent, not our purchase; and a dispute is fetched anew, so that events in any order
lead to what Stripe says now.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils import timezone

from tokens.errors import NoSuchObject
from tokens.foreign_money import code_of
from tokens.models import Purchase
from tokens.payments import gateway
from tokens.payments.pointers import as_key


@dataclass
class Found:
    """The purchase the news is about (None: not this shop's), and the objects as plain data."""

    purchase: Purchase | None
    objects: list[dict[str, Any]]
    fetched_at: datetime = field(default_factory=timezone.now)

    @property
    def object(self) -> dict[str, Any]:
        return self.objects[0]


def of_refund(refund: dict[str, Any]) -> Found:
    purchase = purchase_of_intent(refund["payment_intent"])
    return Found(purchase, [in_whole(purchase, refund)] if purchase else [refund])


def of_refunds(charge: dict[str, Any]) -> Found:
    purchase = purchase_of_intent(charge["payment_intent"])
    if purchase is None:
        return Found(purchase, [])
    return Found(purchase, [in_whole(purchase, refund) for refund in gateway.list_refunds(charge["payment_intent"])])


def in_whole(purchase: Purchase, money: dict[str, Any]) -> dict[str, Any]:
    """A refund or dispute (plain data); in another currency than the purchase's, with what may relate the two."""
    if code_of(money) == purchase.currency:
        return money
    movement = _fetched(gateway.retrieve_balance_transaction, money.get("balance_transaction"))
    return {**money, "charge": _fetched(gateway.retrieve_charge, money["charge"]), "balance_transaction": movement}


def _fetched(retrieve: Callable[[str], dict[str, Any]], found: Any) -> Any:
    """The object of an id; what Stripe does not know, or is none, is left as it is."""
    try:
        return retrieve(found) if isinstance(found, str) else found
    except NoSuchObject:
        return found


def of_dispute(dispute: dict[str, Any]) -> Found:
    fetched_at = timezone.now()  # before asking: an answer is at least as new as its question
    purchase, fetched = purchase_of_intent(dispute["payment_intent"]), gateway.retrieve_dispute(dispute["id"])
    return Found(purchase, [in_whole(purchase, fetched) if purchase else fetched], fetched_at=fetched_at)


def of_fraud_warning(warning: dict[str, Any]) -> Found:
    return Found(purchase_of_intent(warning["payment_intent"]), [warning])


Finder = Callable[[str], Purchase | None]
_finders: list[Finder] = []


def finds_purchases(finder: Finder) -> Finder:
    """Register how another app finds the purchase of a PaymentIntent (its id); called outside any transaction."""
    _finders.append(finder)
    return finder


def purchase_of_intent(payment_intent: str | None) -> Purchase | None:
    """The purchase a PaymentIntent paid. One we have not yet been told of is found by the pointer we wrote on it."""
    if payment_intent is None:
        return None
    purchase = Purchase.objects.filter(stripe_payment_intent_id=payment_intent).first()
    if purchase is None:
        key = as_key(gateway.metadata_of_payment_intent(payment_intent).get("purchase_key"))
        purchase = Purchase.objects.filter(key=key).first() if key else None
    return purchase or next((found for finder in _finders if (found := finder(payment_intent))), None)
