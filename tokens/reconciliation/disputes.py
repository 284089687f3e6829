"""Disputes and the banks' warnings of fraud: what Stripe says now is what is written here."""

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
from tokens.models import Dispute, Purchase
from tokens.purchases import disputes
from tokens.reading import in_order_of
from tokens.reconciliation.pages import in_pages, owned
from tokens.reconciliation.run import Difference, Doubt, Gap, reconciles_reversals, waiting_for_staff
from tokens.stripe_api import gateway
from tokens.stripe_api.foreign_money import Settled, code_of, settled
from tokens.stripe_api.lookups import in_whole

DISPUTE, WARNING = "dispute", "early fraud warning"


def _look(stripe_id: str, purchase: Purchase) -> Gap | None:
    fetched_at = timezone.now()  # before asking: an answer is at least as new as its question
    row = Dispute.objects.filter(stripe_id=stripe_id).select_related("purchase").first()
    try:
        dispute = in_whole(purchase, gateway.retrieve_dispute(stripe_id))
    except NoSuchObject:
        return Gap(_said_here(row), "unknown")
    gap = gap_between(dispute, row)
    return gap and replace(gap, repair=partial(disputes.record_dispute, purchase, dispute, fetched_at=fetched_at))


def _look_for_the_flag(purchase: Purchase) -> Gap | None:
    purchase.refresh_from_db()
    unflagged = Gap(f"purchase {purchase.pk} not flagged", "given", partial(disputes.flag, purchase))
    return None if purchase.fraud_warning_at else unflagged


def gap_between(dispute: dict[str, Any], row: Dispute | None) -> Gap | None:
    """As Stripe has it; what that comes to in the purchase's currency follows from it."""
    theirs = (dispute["status"], dispute["amount"], code_of(dispute), settled(dispute))
    if row and _as_sent(row) == theirs:
        return None
    return Gap(_said_here(row), _in_words(*theirs))


@reconciles_reversals("disputes")
def compare_disputes(since: datetime) -> Iterator[Doubt | Difference]:
    """Differences between Stripe's disputes since then and ours. Raises StripeFailed."""
    seen: set[str] = set()
    for page in in_pages(gateway.payments_since("disputes", since)):
        ids = [dispute["id"] for dispute in page]
        seen.update(ids)
        rows = {row.stripe_id: row for row in Dispute.objects.filter(stripe_id__in=ids)}
        for each in owned(page):
            gap = gap_between(each.object, rows.get(each.object["id"]))
            if gap and each.purchase:
                yield Doubt(DISPUTE, each.object["id"], partial(_look, each.object["id"], each.purchase), gap)
            elif gap:
                yield each.lacking(DISPUTE, theirs=gap.theirs)
    yield from _unlisted(since, seen)
    yield from waiting_for_staff(DISPUTE, Dispute.objects)


@reconciles_reversals("early fraud warnings")
def compare_warnings(since: datetime) -> Iterator[Doubt | Difference]:
    """Differences between Stripe's early fraud warnings since then and ours. Raises StripeFailed."""
    for page in in_pages(gateway.payments_since("radar.early_fraud_warnings", since)):
        for each in owned(page):
            if each.purchase is None:
                yield each.lacking(WARNING, theirs="given")
            elif each.purchase.fraud_warning_at is None:
                gap = Gap("not flagged", "given")
                yield Doubt(WARNING, each.object["id"], partial(_look_for_the_flag, each.purchase), gap)


def _unlisted(since: datetime, seen: set[str]) -> Iterator[Doubt | Difference]:
    """What is here and was in no list: open for long, or unknown at Stripe."""
    never_related = Q(withdrawn_cents__gt=0, settled_currency="")
    rows = Dispute.objects.filter(Q(created_at__gte=since) | ~Q(status__in=Dispute.CLOSED) | never_related)
    for pk, stripe_id in in_order_of("pk", rows.values_list("pk", "stripe_id"), itemgetter(0)):
        if stripe_id not in seen:
            row = Dispute.objects.select_related("purchase").get(pk=pk)
            gap = Gap(_said_here(row), "in no list")
            yield Doubt(DISPUTE, stripe_id, partial(_look, stripe_id, row.purchase), gap)


def _said_here(row: Dispute | None) -> str:
    if row is None:
        return "missing"
    return _in_words(*_as_sent(row))


def _as_sent(row: Dispute) -> tuple[str, int, str, Settled]:
    money = Settled(row.settled_currency, row.settled_taken, row.settled_kept)
    return row.status, row.amount_cents, row.currency, money


def _in_words(status: str, amount: int, currency: str, money: Settled) -> str:
    unit = "" if money.currency in ("", currency) else f" {money.currency}"
    of = f"of {amount} {currency}" if unit else f"of {amount}"
    return f"{status} ({of}, {money.taken}{unit} taken, {money.taken - money.kept} given back)"
