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
    ExpressionWrapper,
    F,
    OuterRef,
    QuerySet,
    Subquery,
    Sum,
)
from django.db.models.functions import Coalesce

from tokens.models import HourlyTotal, LedgerEntry, Purchase, Reversal, TokenUsage
from tokens.truncation import start_of, step_of

Kind = LedgerEntry.Kind
Movement = HourlyTotal.Movement

OF_ONE_KIND: dict[str, str] = {
    Kind.SPEND: Movement.CONSUMED,
    Kind.HOLD: Movement.HELD,
    Kind.RELEASE: Movement.HELD,
    Kind.UNSPEND: Movement.UNSPENT,
    Kind.DEDUCT: Movement.DEDUCTED,
    Kind.EXPIRE: Movement.EXPIRED,
    Kind.RESTORE: Movement.RESTORED,
    Kind.REPAY: Movement.DEBT,
    Kind.CORRECT: Movement.CORRECTED,
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


def movements(start: datetime | None, end: datetime | None) -> Moved:
    """What moved from `start` up to but without `end` (full hours), hour by hour; None is no limit. Four statements."""
    entries = entries_of(start, end)
    moved: Moved = defaultdict(Amount)
    for row in _sums(entries.exclude(kind=Kind.REVERSE), "hour", "kind", "lot__purchase__type"):
        moved[row["hour"], row["lot__currency"], _name_of(row["kind"], row["lot__purchase__type"])] += row["amount"]
    reversals = entries.filter(kind=Kind.REVERSE)
    movement_of = _movements_of(reversals)
    for row in _sums(reversals, "hour", "cause_id"):
        moved[row["hour"], row["lot__currency"], movement_of[row["cause_id"]]] += row["amount"]
    for row in _sums(_captured(start, end), "ended"):
        moved[row["hour"], row["lot__currency"], Movement.CONSUMED] += row["amount"]
        moved[row["hour"], row["lot__currency"], Movement.HELD] += -row["amount"]
    return moved


def entries_of(start: datetime | None, end: datetime | None) -> QuerySet[LedgerEntry]:
    """The entries that count in hours from `start` up to but without `end` (UTC; None is no limit)."""
    return LedgerEntry.objects.filter(**_within("hour", start, end)).order_by()


def _sums(entries: QuerySet[LedgerEntry], at: str, *names: str) -> Iterable[dict[str, Any]]:
    rows = entries.values(at, "lot__currency", *names)
    for row in rows.annotate(sum=Sum("tokens"), worth=Sum("worth_cents")):
        yield {**row, "hour": start_of(row[at]), "amount": Amount(row["sum"], row["worth"])}


def _captured(start: datetime | None, end: datetime | None) -> QuerySet[LedgerEntry]:
    """What holds took that were captured in that time, with the hour of the capture, `ended`."""
    captured = TokenUsage.objects.spent().filter(ended_at__isnull=False, **_within("ended_at", start, end))
    its_hour = TokenUsage.objects.filter(pk=OuterRef("cause_id")).annotate(hour=step_of("ended_at", "hour"))
    held = LedgerEntry.objects.filter(kind__in=[Kind.HOLD, Kind.RELEASE], cause_kind=LedgerEntry.Cause.USAGE)
    held = held.exclude(kind=Kind.REPAY)  # said, as SQLite would not use the index by causes otherwise
    return held.filter(cause_id__in=captured.values("pk")).annotate(ended=Subquery(its_hour.values("hour"))).order_by()


def _within(name: str, start: datetime | None, end: datetime | None) -> dict[str, datetime]:
    return {f"{name}__{side}": at for side, at in (("gte", start), ("lt", end)) if at is not None}


def _name_of(kind: str, purchase_type: str | None) -> str:
    if kind != Kind.CREDIT:
        return OF_ONE_KIND[kind]
    if purchase_type is None:
        return Movement.GRANTED
    return Movement.SOLD if purchase_type == Purchase.Type.TOKENS else Movement.ALLOWED


def _movements_of(entries: QuerySet[LedgerEntry]) -> dict[int, Movement]:
    """Whether each reversal was a refund's doing or a dispute's: whose sum had grown more since the one before."""
    lead = ExpressionWrapper(F("disputed_cents") - F("refunded_cents"), output_field=BigIntegerField())
    earlier = Reversal.objects.filter(purchase=OuterRef("purchase"), pk__lt=OuterRef("pk")).order_by("-pk")
    before = Coalesce(Subquery(earlier.annotate(lead=lead).values("lead")[:1]), 0)
    reversals = Reversal.objects.filter(pk__in=entries.values("cause_id")).annotate(grown=lead - before)
    return {
        pk: Movement.CHARGED_BACK if grown > 0 else Movement.REFUNDED
        for pk, grown in reversals.values_list("pk", "grown")
    }
