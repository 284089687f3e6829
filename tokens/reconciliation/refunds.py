"""Refunds: every one at Stripe is here in the same state, and every one here is there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from functools import partial
from operator import itemgetter
from typing import Any

from django.db.models import Q
from django.utils import timezone

from tokens.errors import NoSuchObject
from tokens.models import Purchase, Refund
from tokens.purchases import refunds
from tokens.reading import in_order_of
from tokens.reconciliation.pages import in_pages, owned
from tokens.reconciliation.run import Difference, Doubt, Gap, reconciles_reversals, waiting_for_staff
from tokens.stripe_api import gateway
from tokens.stripe_api.foreign_money import code_of
from tokens.stripe_api.lookups import in_whole

REFUND = "refund"


def _look(stripe_id: str, purchase: Purchase) -> Gap | None:
    row = Refund.objects.filter(stripe_id=stripe_id).first()
    try:
        refund = in_whole(purchase, gateway.retrieve_refund(stripe_id))
    except NoSuchObject:
        return Gap(_said_here(row), "unknown")
    gap = gap_between(refund, row)
    return gap and replace(gap, repair=partial(refunds.record_refund, purchase, refund))


def _look_for_an_answer(row: Refund) -> Gap | None:
    """Asking Stripe again is safe: the key names the row."""
    row.refresh_from_db()
    is_unanswered = row.status == Refund.Status.REQUESTED
    return Gap(_said_here(row), "unanswered", partial(refunds.send, row)) if is_unanswered else None


def gap_between(refund: dict[str, Any], row: Refund | None) -> Gap | None:
    """What differs between a refund at Stripe (plain data) and ours; None when they agree."""
    status = "pending" if refund["status"] == "requires_action" else refund["status"]
    theirs = (refund["amount"], code_of(refund))
    if row and row.status == status and row.as_sent == theirs:
        return None
    return Gap(_said_here(row), _in_words(status, *theirs))


@reconciles_reversals("refunds")
def compare_refunds(since: datetime) -> Iterator[Doubt | Difference]:
    """Differences between Stripe's refunds since then and ours. Raises StripeFailed."""
    seen: set[str] = set()
    for page in in_pages(gateway.payments_since("refunds", since)):
        ids = [refund["id"] for refund in page]
        seen.update(ids)
        rows = {row.stripe_id: row for row in Refund.objects.filter(stripe_id__in=ids).select_related("purchase")}
        for each in owned(page):
            gap = gap_between(each.object, rows.get(each.object["id"]))
            if gap and each.purchase:
                yield Doubt(REFUND, each.object["id"], partial(_look, each.object["id"], each.purchase), gap)
            elif gap:
                yield each.lacking(REFUND, theirs=gap.theirs)
    yield from _unlisted(since, seen)
    yield from waiting_for_staff(REFUND, Refund.objects)


def _unlisted(since: datetime, seen: set[str]) -> Iterator[Doubt | Difference]:
    """What is here and was in no list: pending for long, never answered, or unknown at Stripe."""
    never_related = ~Q(stripe_currency="") & Q(stripe_cents=None)
    old = Q(status=Refund.Status.PENDING) | never_related
    rows = Refund.objects.filter(Q(created_at__gte=since) | old, stripe_id__isnull=False)
    for pk, stripe_id in in_order_of("pk", rows.values_list("pk", "stripe_id"), itemgetter(0)):
        if stripe_id and stripe_id not in seen:
            row = Refund.objects.select_related("purchase").get(pk=pk)
            gap = Gap(_said_here(row), "in no list")
            yield Doubt(REFUND, stripe_id, partial(_look, stripe_id, row.purchase), gap)
    unsent = Refund.objects.filter(
        status=Refund.Status.REQUESTED, created_at__lt=timezone.now() - refunds.SENT_AGAIN_AFTER
    )
    for row in unsent.select_related("purchase"):
        gap = Gap(_said_here(row), "unanswered")
        yield Doubt(REFUND, f"of purchase {row.purchase_id}", partial(_look_for_an_answer, row), gap)


def _said_here(row: Refund | None) -> str:
    return _in_words(row.status, *row.as_sent) if row else "missing"


def _in_words(status: str, cents: int, currency: str) -> str:
    return f"{status} ({cents} {currency})"
