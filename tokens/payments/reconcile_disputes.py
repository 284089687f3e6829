"""Disputes and the banks' warnings of fraud: what Stripe says now is what is written here."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.utils import timezone

from tokens import disputes
from tokens.errors import NoSuchObject
from tokens.models import Dispute, Purchase
from tokens.payments import gateway
from tokens.payments.reconcile import Difference, Gap, mend, reconciles
from tokens.payments.reconcile_pages import in_pages, owned


class Disputed:
    what = "dispute"

    def __init__(self, stripe_id: str, purchase: Purchase) -> None:
        self.stripe_id, self.purchase = stripe_id, purchase
        self.dispute: dict[str, Any] | None = None

    def look(self) -> Gap | None:
        self.fetched_at = timezone.now()  # before asking: an answer is at least as new as its question
        row = Dispute.objects.filter(stripe_id=self.stripe_id).first()
        try:
            self.dispute = gateway.retrieve_dispute(self.stripe_id)
        except NoSuchObject:
            self.dispute = None
            return Gap(_said_here(row), "unknown")
        return gap_between(self.dispute, row)

    def repair(self) -> None:
        if self.dispute:
            disputes.note(self.purchase, self.dispute, fetched_at=self.fetched_at)


class Warned:
    what = "early fraud warning"

    def __init__(self, stripe_id: str, purchase: Purchase) -> None:
        self.stripe_id, self.purchase = stripe_id, purchase

    def look(self) -> Gap | None:
        self.purchase.refresh_from_db()
        return None if self.purchase.fraud_warning_at else Gap(f"purchase {self.purchase.pk} not flagged", "given")

    def repair(self) -> None:
        disputes.flag(self.purchase)


def gap_between(dispute: dict[str, Any], row: Dispute | None) -> Gap | None:
    theirs = (dispute["status"], dispute["amount"], *disputes.moved(dispute))
    if row and (row.status, row.amount_cents, row.withdrawn_cents, row.reinstated_cents) == theirs:
        return None
    return Gap(_said_here(row), _in_words(*theirs))


@reconciles("disputes")
def compare_disputes(since: datetime) -> Iterator[Difference]:
    seen: set[str] = set()
    for page in in_pages(gateway.payments_since("disputes", since)):
        ids = [dispute["id"] for dispute in page]
        seen.update(ids)
        rows = {row.stripe_id: row for row in Dispute.objects.filter(stripe_id__in=ids)}
        for each in owned(page):
            gap = gap_between(each.object, rows.get(each.object["id"]))
            if gap and each.purchase:
                yield from mend(Disputed(each.object["id"], each.purchase), gap)
            elif gap:
                yield each.lacking(Disputed.what, theirs=gap.theirs)
    yield from _unlisted(since, seen)


@reconciles("early fraud warnings")
def compare_warnings(since: datetime) -> Iterator[Difference]:
    for page in in_pages(gateway.payments_since("radar.early_fraud_warnings", since)):
        for each in owned(page):
            if each.purchase is None:
                yield each.lacking(Warned.what, theirs="given")
            elif each.purchase.fraud_warning_at is None:
                yield from mend(Warned(each.object["id"], each.purchase), Gap("not flagged", "given"))


def _unlisted(since: datetime, seen: set[str]) -> Iterator[Difference]:
    """What is here and was in no list: open for long, or unknown at Stripe."""
    rows = Dispute.objects.filter(Q(created_at__gte=since) | ~Q(status__in=Dispute.CLOSED))
    for pk, stripe_id in rows.values_list("pk", "stripe_id").iterator():
        if stripe_id not in seen:
            row = Dispute.objects.select_related("purchase").get(pk=pk)
            yield from mend(Disputed(stripe_id, row.purchase), Gap(_said_here(row), "in no list"))


def _said_here(row: Dispute | None) -> str:
    if row is None:
        return "missing"
    return _in_words(row.status, row.amount_cents, row.withdrawn_cents, row.reinstated_cents)


def _in_words(status: str, amount: int, withdrawn: int, reinstated: int) -> str:
    return f"{status} (of {amount}, {withdrawn} taken, {reinstated} given back)"
