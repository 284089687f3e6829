"""Whose the objects of a page are: one query finds the purchases of a hundred."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any, TypeVar

from django.db.models import Q

from tokens import jobs
from tokens.models import Purchase
from tokens.purchases.checkout import intent_id
from tokens.reconciliation.run import Difference
from tokens.stripe_api.pointers import part, pointer_on

T = TypeVar("T")
PAGE = 100
LACKING = (
    "it is not in this database. If that was restored from before it, `./dev manage reconcile --adopt` makes it again."
)


@dataclass(frozen=True)
class Owned:
    """An object of this shop's (plain data) and its purchase; None when this database lacks that."""

    object: dict[str, Any]
    purchase: Purchase | None

    def lacking(self, what: str, *, theirs: str) -> Difference:
        key = _pointer(self.object)
        return Difference(what, self.object["id"], f"no purchase {key}", theirs, False, LACKING)


def in_pages(objects: Iterable[T]) -> Iterator[list[T]]:
    """The objects in lists of at most PAGE, so that each list is looked up with one statement."""
    remaining = iter(objects)
    while page := list(islice(remaining, PAGE)):
        jobs.go_on()
        yield page


def owned(page: list[dict[str, Any]]) -> Iterator[Owned]:
    """Those of a page that are this shop's: their payment is known here, or has a pointer that the shop wrote."""
    intents = {intent_id(each) for each in page} - {None}
    keys = {_pointer(each) for each in page} - {None}
    found = list(Purchase.objects.filter(Q(stripe_payment_intent_id__in=intents) | Q(key__in=keys)))
    by_key: dict[uuid.UUID, Purchase] = {purchase.key: purchase for purchase in found}
    by_intent = {purchase.stripe_payment_intent_id: purchase for purchase in found if purchase.stripe_payment_intent_id}
    for each in page:
        pointer = _pointer(each)
        purchase = by_key.get(pointer) if pointer else by_intent.get(intent_id(each) or "")
        if purchase or pointer:
            yield Owned(each, purchase)


def _pointer(object: dict[str, Any]) -> uuid.UUID | None:
    """The purchase's key as we wrote it on a session or a PaymentIntent, or on the PaymentIntent of anything else."""
    is_named = object["object"] in ("checkout.session", "payment_intent")
    return pointer_on(object if is_named else part(object, "payment_intent"))
