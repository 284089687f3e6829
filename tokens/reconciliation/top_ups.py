"""Automatic top-ups against their PaymentIntents, which no Checkout Session made; and those that were lost."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from functools import partial
from operator import itemgetter
from typing import Any

from django.db.models import Q

from tokens.errors import NoSuchObject
from tokens.models import Purchase
from tokens.purchases import lifecycle
from tokens.reading import in_order_of
from tokens.reconciliation.pages import in_pages, owned
from tokens.reconciliation.payments import CLOSED, UNSETTLED
from tokens.reconciliation.run import Difference, Doubt, Gap, reconciles, reconciles_lost
from tokens.stripe_api import saved_cards
from tokens.stripe_api.pointers import pointer_on
from tokens.top_up import adopting, settling

PAYMENT = "top-up"
Status = Purchase.Status
Data = dict[str, Any]


def _look(intent_id: str, purchase: Purchase) -> Gap | None:
    purchase.refresh_from_db()
    try:
        intent = saved_cards.retrieve_payment(intent_id).intent
    except NoSuchObject:
        expire = partial(lifecycle.expire, purchase)
        return None if purchase.status in CLOSED else Gap(_said_here(purchase), "unknown", expire)
    gap = gap_between(intent, purchase)
    return gap and replace(gap, repair=partial(settling.settle, intent))


def gap_between(intent: Data, purchase: Purchase) -> Gap | None:
    """How a PaymentIntent and the purchase it points to disagree."""
    brings_money = adopting.may_bring_money(intent)
    if purchase.stripe_payment_intent_id not in (None, intent["id"]) and not brings_money:
        return None  # another one of the same order, which nobody charges
    wrong = settling.mismatches(intent, purchase) if brings_money else []
    if purchase.is_paid and purchase.paid_cents != intent["amount_received"]:
        wrong.append("amount_received")
    if purchase.status in _fitting(intent) and not wrong:
        return None
    return Gap(_said_here(purchase), ", other ".join([intent["status"], *wrong]))


@reconciles("top-ups")
def compare_top_ups(since: datetime) -> Iterator[Doubt | Difference]:
    """Differences between the PaymentIntents of top-ups since then and ours. Raises StripeFailed."""
    seen: set[str] = set()
    for page in in_pages(filter(settling.is_top_up, saved_cards.payments_since(since))):
        for each in owned(page):
            intent = each.object
            seen.add(intent["id"])
            if each.purchase is None:
                if adopting.may_bring_money(intent):
                    yield each.lacking(PAYMENT, theirs=intent["status"])
            elif gap := gap_between(intent, each.purchase):
                yield Doubt(PAYMENT, intent["id"], partial(_look, intent["id"], each.purchase), gap)
    yield from _unlisted(since, seen)


def _unlisted(since: datetime, seen: set[str]) -> Iterator[Doubt]:
    """What is here and was in no list: older and unsettled, or unknown at Stripe."""
    paid = Q(status__in=Purchase.PAID, created_at__gte=since)
    mine = Purchase.objects.filter(
        paid | Q(status__in=UNSETTLED), top_up__isnull=False, stripe_payment_intent_id__isnull=False
    )
    for pk, intent_id in in_order_of("pk", mine.values_list("pk", "stripe_payment_intent_id"), itemgetter(0)):
        if intent_id and intent_id not in seen:
            purchase = Purchase.objects.get(pk=pk)
            yield Doubt(
                PAYMENT, intent_id, partial(_look, intent_id, purchase), Gap(_said_here(purchase), "in no list")
            )


def _look_for_lost(intent_id: str) -> Gap | None:
    intent = saved_cards.retrieve_payment(intent_id).intent
    key = pointer_on(intent)
    if not key or Purchase.objects.filter(key=key).exists() or not adopting.may_bring_money(intent):
        return None
    return Gap(f"no purchase {key}", intent["status"], partial(adopting.adopt, intent))


@reconciles_lost("lost top-ups")
def adopt_lost(since: datetime) -> Iterator[Doubt | Difference]:
    """The top-ups of this shop since then that bring money to a purchase that is not here. Raises StripeFailed."""
    for page in in_pages(filter(settling.is_top_up, saved_cards.payments_since(since))):
        for each in owned(page):
            if each.purchase is None and adopting.may_bring_money(each.object):
                gap = Gap(f"no purchase {pointer_on(each.object)}", each.object["status"])
                yield Doubt(PAYMENT, each.object["id"], partial(_look_for_lost, each.object["id"]), gap)


def _fitting(intent: Data) -> tuple[Purchase.Status, ...]:
    """What the purchase of such a PaymentIntent may be."""
    match intent["status"]:
        case "succeeded":
            return Purchase.PAID
        case "processing":
            return (Status.PROCESSING,)
        case "canceled":
            return CLOSED
    return (Status.PENDING, *CLOSED)


def _said_here(purchase: Purchase) -> str:
    return f"purchase {purchase.pk} {purchase.status}"
