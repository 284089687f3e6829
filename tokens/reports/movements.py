"""What moved in a stretch of time, read from the entries: the definition that reports and stored hours share.

A capture counts at its own time: what was held and is now spent leaves the held tokens and is consumed then.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import (
    BigIntegerField,
    Case,
    CharField,
    ExpressionWrapper,
    F,
    Max,
    OuterRef,
    QuerySet,
    Subquery,
    Sum,
    Value,
    When,
)
from django.db.models.functions import Coalesce
from django.db.models.lookups import GreaterThan

from tokens.models import HourlyTotal, LedgerEntry, Purchase, Reversal, TokenUsage
from tokens.reports.truncation import start_of, step_of

Kind = LedgerEntry.Kind
Movement = HourlyTotal.Movement

OF_ONE_KIND: dict[str, str] = {
    Kind.SPEND: Movement.CONSUMED,
    Kind.HOLD: Movement.HELD,
    Kind.RELEASE: Movement.HELD,
    Kind.DEDUCT: Movement.DEDUCTED,
    Kind.EXPIRE: Movement.EXPIRED,
    Kind.RESTORE: Movement.RESTORED,
    Kind.REPAY: Movement.DEBT,
}


@dataclass(frozen=True)
class Amount:
    """Tokens, and their worth in the currency's smallest unit; both signed, above zero is outstanding."""

    tokens: int = 0
    cents: int = 0

    def __add__(self, other: Amount) -> Amount:
        return Amount(self.tokens + other.tokens, self.cents + other.cents)

    def __neg__(self) -> Amount:
        return Amount(-self.tokens, -self.cents)


# By hour (UTC), currency and movement.
Moved = defaultdict[tuple[datetime, str, str], Amount]


def movements(start: datetime | None, end: datetime | None, *, after: int = 0, until: int | None = None) -> Moved:
    """What moved from `start` up to but without `end`, hour by hour; None is no limit. Three statements.

    `after` and `until` are ids of entries between which all of that time lies, where they are known.
    """
    entries = entries_of(start, end, after=after, until=until)
    moved: Moved = defaultdict(Amount)
    for row in _sums(entries.exclude(kind=Kind.REVERSE), "created_at", "kind", "purchase__type"):
        moved[row["hour"], row["lot__currency"], _name_of(row["kind"], row["purchase__type"])] += row["amount"]
    for row in _sums(entries.filter(kind=Kind.REVERSE).annotate(cause=_cause()), "created_at", "cause"):
        moved[row["hour"], row["lot__currency"], row["cause"]] += row["amount"]
    for row in _sums(_captured(start, end), "usage__ended_at"):
        moved[row["hour"], row["lot__currency"], Movement.CONSUMED] += row["amount"]
        moved[row["hour"], row["lot__currency"], Movement.HELD] += -row["amount"]
    return moved


def entries_of(
    start: datetime | None, end: datetime | None, *, after: int = 0, until: int | None = None
) -> QuerySet[LedgerEntry]:
    """The ledger entries from `start` up to but without `end` (UTC; None is no limit); ids as in `movements`."""
    entries = LedgerEntry.objects.filter(**_within("created_at", start, end)).order_by()
    if after:
        entries = entries.filter(pk__gt=after)
    return entries if until is None else entries.filter(pk__lte=until)


def newest_by_hour(entries: QuerySet[LedgerEntry]) -> dict[datetime, int]:
    """The highest id among the entries of each hour."""
    rows = entries.annotate(hour=step_of("created_at", "hour")).values("hour").annotate(newest=Max("pk"))
    return {start_of(row["hour"]): row["newest"] for row in rows}


def _sums(entries: QuerySet[LedgerEntry], at: str, *names: str) -> Iterable[dict[str, Any]]:
    rows = entries.annotate(hour=step_of(at, "hour")).values("hour", "lot__currency", *names)
    for row in rows.annotate(sum=Sum("tokens"), worth=Sum("worth_cents")):
        yield {**row, "hour": start_of(row["hour"]), "amount": Amount(row["sum"], row["worth"])}


def _captured(start: datetime | None, end: datetime | None) -> QuerySet[LedgerEntry]:
    plain = LedgerEntry.objects.plain()  # which holds and releases are; said, so that the index of usages is found
    spent = plain.filter(kind__in=[Kind.HOLD, Kind.RELEASE], usage__status=TokenUsage.Status.SPENT)
    return spent.filter(usage__ended_at__isnull=False, **_within("usage__ended_at", start, end)).order_by()


def _within(name: str, start: datetime | None, end: datetime | None) -> dict[str, datetime]:
    return {f"{name}__{side}": at for side, at in (("gte", start), ("lt", end)) if at is not None}


def _name_of(kind: str, purchase_type: str | None) -> str:
    if kind != Kind.CREDIT:
        return OF_ONE_KIND[kind]
    if purchase_type is None:
        return Movement.GRANTED
    return Movement.SOLD if purchase_type == Purchase.Type.TOKENS else Movement.ALLOWED


def _cause() -> Case:
    """Whether a reversal was a refund's doing or a dispute's: whose sum had grown more since the one before."""
    lead = ExpressionWrapper(F("disputed_cents") - F("refunded_cents"), output_field=BigIntegerField())
    earlier = Reversal.objects.filter(purchase=OuterRef("reversal__purchase"), pk__lt=OuterRef("reversal"))
    lead_before = Coalesce(Subquery(earlier.order_by("-pk").annotate(lead=lead).values("lead")[:1]), 0)
    lead_now = F("reversal__disputed_cents") - F("reversal__refunded_cents")
    return Case(
        When(GreaterThan(lead_now, lead_before), then=Value(Movement.CHARGED_BACK.value)),
        default=Value(Movement.REFUNDED.value),
        output_field=CharField(),
    )
