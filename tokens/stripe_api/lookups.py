"""What an event about money that went back needs from Stripe before a transaction opens.

Refunds and disputes name a PaymentIntent, not our purchase; and a dispute is fetched anew, so that events in any order
lead to what Stripe says now.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any

from django.utils import timezone

from accounts.hooks import Hook
from tokens.errors import NoSuchObject, NotOurs, UnknownPurchase
from tokens.models import Purchase
from tokens.stripe_api import gateway
from tokens.stripe_api.foreign_money import code_of
from tokens.stripe_api.pointers import id_in, pointer_on

Retrieve = Callable[[str], dict[str, Any]]


@dataclass
class Found:
    """The purchase an event is about, and the objects as plain data."""

    purchase: Purchase
    objects: list[dict[str, Any]]
    fetched_at: datetime = field(default_factory=timezone.now)

    @property
    def object(self) -> dict[str, Any]:
        return self.objects[0]


def of_refund(refund: dict[str, Any]) -> Found:
    """The purchase of a refund (plain data), and the refund asked anew. Raises NotOurs, StripeFailed."""
    purchase = purchase_behind(refund)
    return Found(purchase, [in_whole(purchase, refund)])


def of_refunds(charge: dict[str, Any]) -> Found:
    """The purchase of a charge (plain data), and all its refunds asked anew. Raises NotOurs, StripeFailed."""
    purchase = purchase_behind(charge)
    retrieve_charge = cache(gateway.retrieve_charge)  # all of them are of one
    refunds = gateway.list_refunds(charge["payment_intent"])
    return Found(purchase, [in_whole(purchase, refund, retrieve_charge) for refund in refunds])


def in_whole(purchase: Purchase, money: dict[str, Any], retrieve_charge: Retrieve | None = None) -> dict[str, Any]:
    """A refund or dispute (plain data); in another currency than the purchase's, with what may relate the two."""
    if code_of(money) == purchase.currency:
        return money
    movement = _fetched(gateway.retrieve_balance_transaction, money.get("balance_transaction"))
    charge = _fetched(retrieve_charge or gateway.retrieve_charge, money["charge"])
    return {**money, "charge": charge, "balance_transaction": movement}


def _fetched(retrieve: Retrieve, found: Any) -> Any:
    """The object of an id; what Stripe does not know, or is none, is left as it is."""
    try:
        return retrieve(found) if isinstance(found, str) else found
    except NoSuchObject:
        return found


def of_dispute(dispute: dict[str, Any]) -> Found:
    """The purchase of a dispute (plain data), and the dispute asked anew. Raises NotOurs, StripeFailed."""
    purchase = purchase_behind(dispute)
    fetched_at = timezone.now()  # before asking: an answer is at least as new as its question
    return Found(purchase, [in_whole(purchase, gateway.retrieve_dispute(dispute["id"]))], fetched_at=fetched_at)


def of_fraud_warning(warning: dict[str, Any]) -> Found:
    """The purchase of an early fraud warning (plain data), and the warning. Raises NotOurs, StripeFailed."""
    return Found(purchase_behind(warning), [warning])


# How another app finds the purchase of a PaymentIntent (its id); called outside any transaction.
finds_purchases: Hook[Callable[[str], Purchase | None]] = Hook()


def purchase_behind(object: dict[str, Any]) -> Purchase:
    """The purchase whose PaymentIntent an object names. Raises NotOurs; UnknownPurchase for one this database lacks."""
    payment_intent = id_in(object, "payment_intent")
    if payment_intent is None:  # a charge of another product's: this shop has a PaymentIntent for every payment
        raise NotOurs("It is about no payment of this shop.")
    purchase = Purchase.objects.filter(stripe_payment_intent_id=payment_intent).first()
    return purchase or _purchase_of_new(payment_intent)


def _purchase_of_new(payment_intent: str) -> Purchase:
    """A payment that was not told of yet is found by the pointer on it, or by what another app knows of it."""
    try:
        pointer = pointer_on({"metadata": gateway.metadata_of_payment_intent(payment_intent)})
    except NoSuchObject as error:
        raise NotOurs(f"Stripe knows no payment {payment_intent} of this account.") from error
    found = Purchase.objects.filter(key=pointer).first() if pointer else None
    found = found or next((purchase for finder in finds_purchases if (purchase := finder(payment_intent))), None)
    if found is None and pointer:
        raise UnknownPurchase(f"{payment_intent} names purchase {pointer}, which is not in this database.")
    if found is None:
        raise NotOurs(f"{payment_intent} is no payment of this shop.")
    return found
