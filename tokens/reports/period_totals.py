"""What moved and what was outstanding, for reports: sums of closed hours, and a scan of the entries since.

What comes out is always what scanning everything would say, as `tokens.reports.movements` defines it.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime

from django.db.models import Sum

from tokens.ledger.hours import start_of_hour
from tokens.models import HourClosing, HourlyTotal
from tokens.reports.closed_hours import HOUR, stored_until
from tokens.reports.movements import Amount, Moved, entries_of, movements
from tokens.truncation import By, start_of

Span = tuple[datetime, datetime]


def movement_sums(start: datetime, end: datetime, *, by: By = "hour") -> Moved:
    """What moved from `start` up to but without `end`, by `hour` or `day` (its first moment), currency and movement.

    Both are full hours.
    """
    sums: Moved = defaultdict(Amount)
    closed = _closed_part(start, end)
    stored = HourlyTotal.objects.filter(hour__gte=closed[0], hour__lt=closed[1]).order_by()
    for row in stored.values(by, "currency", "movement").annotate(sum=Sum("tokens"), worth=Sum("worth_cents")):
        sums[start_of(row[by]), row["currency"], row["movement"]] += Amount(row["sum"], row["worth"])
    for first, last in ((start, closed[0]), (closed[1], end)):
        if first < last:
            for (hour, currency, name), amount in movements(first, last).items():
                sums[start_of(hour.date()) if by == "day" else hour, currency, name] += amount
    return sums


def outstanding(before: datetime | None = None) -> dict[str, Amount]:
    """What customers had of each currency's tokens before a full hour, or now; as far as spends are posted."""
    base = stored_until()
    if base and before:
        base = min(base, start_of_hour(before))
    sums: defaultdict[str, Amount] = defaultdict(Amount)
    if base:
        for closing in HourClosing.objects.filter(hour=base - HOUR):
            sums[closing.currency] = Amount(closing.tokens, closing.worth_cents)
        if base == before:  # before the first closed hour nothing had happened
            return dict(sums)
    entries = entries_of(base, before).values("lot__currency")
    for row in entries.annotate(sum=Sum("tokens"), worth=Sum("worth_cents")):
        sums[row["lot__currency"]] += Amount(row["sum"], row["worth"])
    return dict(sums)


def _closed_part(start: datetime, end: datetime) -> Span:
    """The part of a stretch of time that is whole closed hours; before the first of these nothing had happened."""
    first = start_of_hour(start)
    if first < start:
        first += HOUR
    last = min(stored_until() or start, start_of_hour(end))
    return (first, last) if first < last else (start, start)
