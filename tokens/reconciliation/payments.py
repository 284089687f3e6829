"""Purchases against Checkout Sessions: what was paid there is paid here, and what is paid here was paid there."""

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
from tokens.purchases import adopting, checkout, lifecycle
from tokens.reading import in_order_of
from tokens.reconciliation.pages import in_pages, owned
from tokens.reconciliation.run import Difference, Doubt, Gap, reconciles
from tokens.stripe_api import gateway

SESSION = "checkout session"
Status = Purchase.Status
UNSETTLED = (Status.PENDING, Status.PROCESSING)
# Closed here, and perhaps not there: money that comes late is still credited.
CLOSED = (Status.FAILED, Status.EXPIRED)


def _look(session_id: str, purchase: Purchase) -> Gap | None:
    session = _session_or_none(session_id)
    purchase.refresh_from_db()
    if session is None:
        expire = partial(lifecycle.expire, purchase)
        return None if purchase.status in CLOSED else Gap(_said_here(purchase), "unknown", expire)
    gap = gap_between(session, purchase)
    return gap and replace(gap, repair=partial(checkout.settle_session, session))


def gap_between(session: dict[str, Any], purchase: Purchase) -> Gap | None:
    """How a session, with its PaymentIntent in whole, and the purchase it points to disagree."""
    is_over = session["status"] == "complete"
    if purchase.stripe_checkout_session_id not in (None, session["id"]) and not is_over:
        return None  # another page of the same order, on which nobody paid
    wrong = checkout.mismatches(session, purchase) if is_over else []
    if purchase.is_paid and is_over:
        wrong = [name for name in wrong if name != "amount_total"]  # discounts may have been allowed then
        wrong += ["amount_total"] if purchase.paid_cents != session["amount_total"] else []
        wrong += ["payment_intent"] if purchase.stripe_payment_intent_id != checkout.intent_id(session) else []
    if purchase.status in _fitting(session) and not wrong:
        return None
    return Gap(_said_here(purchase), ", other ".join([said_there(session), *wrong]))


@reconciles("payments")
def compare_payments(since: datetime) -> Iterator[Doubt | Difference]:
    """Differences between Stripe's Checkout Sessions since then and ours.

    Raises StripeFailed.
    """
    seen: set[str] = set()
    sessions = gateway.payments_since("checkout.sessions", since)
    for page in in_pages(session for session in sessions if checkout.is_ours(session) and session["mode"] == "payment"):
        for each in owned(page):
            seen.add(each.object["id"])
            if each.purchase is None:
                if each.object["status"] == "complete" and adopting.may_bring_money(each.object):
                    yield each.lacking(SESSION, theirs=said_there(each.object))
            elif gap := gap_between(each.object, each.purchase):
                yield Doubt(SESSION, each.object["id"], partial(_look, each.object["id"], each.purchase), gap)
    yield from _unlisted(since, seen)


def _unlisted(since: datetime, seen: set[str]) -> Iterator[Doubt | Difference]:
    """What is here and was in no list: older and unsettled, or unknown at Stripe."""
    paid = Q(status__in=Purchase.PAID, paid_cents__gt=0, created_at__gte=since)
    open_page = Q(status__in=UNSETTLED, stripe_checkout_session_id__isnull=False)
    candidates = Purchase.objects.of_tokens().filter(paid | open_page, is_simulated=False, top_up=None)
    for pk, session_id in in_order_of("pk", candidates.values_list("pk", "stripe_checkout_session_id"), itemgetter(0)):
        if session_id not in seen:
            purchase = Purchase.objects.get(pk=pk)
            if session_id:
                gap = Gap(_said_here(purchase), "in no list")
                yield Doubt(SESSION, session_id, partial(_look, session_id, purchase), gap)
            else:
                payment = purchase.stripe_payment_intent_id or "(none)"
                why_not = "nothing there shows that it was paid."
                yield Difference("payment", payment, _said_here(purchase), "no checkout session", False, why_not)


def _fitting(session: dict[str, Any]) -> tuple[Purchase.Status, ...]:
    """What the purchase of such a session may be."""
    match session["status"], session["payment_status"]:
        case "complete", "paid" | "no_payment_required":
            return Purchase.PAID
        case "complete", _:
            return CLOSED if checkout.payment_has_failed(session) else (Status.PROCESSING, *CLOSED)
        case "expired", _:
            return CLOSED
    return (Status.PENDING, *CLOSED)


def _session_or_none(session_id: str) -> dict[str, Any] | None:
    try:
        return gateway.retrieve_checkout_session(session_id)
    except NoSuchObject:
        return None


def _said_here(purchase: Purchase) -> str:
    return f"purchase {purchase.pk} {purchase.status}"


def said_there(session: dict[str, Any]) -> str:
    """What a session (plain data) is at Stripe, in words."""
    failed = " and its payment failed" if checkout.payment_has_failed(session) else ""
    return f"{session['status']}/{session['payment_status']}{failed}"
