"""Closes hours: stores what moved in each, and what was outstanding at its end, once nothing in it can change any more.

The sweep does it; a spend never does, whose row for the hour would be the one that all spends wait for. Reports read
what is stored and scan only the rest (`tokens.reports.period_totals`), so hours that nobody has closed yet make them
slow, not wrong.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone

from tokens.models import HourClosing, HourlyTotal, LedgerEntry
from tokens.reports.movements import Amount, Moved, entries_of, movements, newest_by_hour

HOUR = timedelta(hours=1)
# The longest that a transaction may take, or a machine's clock be wrong, for its entries still to be in their hour.
OPEN_FOR = timedelta(minutes=10)
# How far the order of the entries' times may be from that of their ids; more than OPEN_FOR, to be safe.
OUT_OF_ORDER = HOUR
ENTRIES_AT_ONCE = 200_000
HOURS_AT_ONCE = 24 * 31
STEPS_AT_ONCE = 10


def close_hours(*, steps: int = STEPS_AT_ONCE) -> int:
    """Close what can be closed, the oldest first, in so many steps of bounded work; how many hours."""
    closed = 0
    for _ in range(steps):
        hours = _close_some(closed_until() or _first_hour())
        closed += hours
        if not hours:
            break
    return closed


def open_again() -> None:
    """Forget every closed hour; the next sweeps close them again. For books in which an hour turned out wrong."""
    with transaction.atomic():
        while HourClosing.objects.exists():  # and those of a sweep that was waited for
            HourClosing.objects.all().delete()
        HourlyTotal.objects.all().delete()


def closed_until() -> datetime | None:
    """The end of the last closed hour, in UTC; None when none is closed."""
    last = HourClosing.objects.order_by("-hour").values_list("hour", flat=True).first()
    return last + HOUR if last else None


def entry_before(at: datetime) -> int:
    """The id of an entry that is older than everything from `at` on; 0 when none is known."""
    older = HourClosing.objects.filter(hour__lte=at - HOUR - OUT_OF_ORDER)
    return older.order_by("-hour").values_list("last_entry_id", flat=True).first() or 0


def start_of_hour(at: datetime) -> datetime:
    """The first moment of the hour that a datetime is in."""
    return at.replace(minute=0, second=0, microsecond=0)


def _first_hour() -> datetime | None:
    """An hour that is not after the first in which something happened."""
    first = LedgerEntry.objects.order_by("pk").values_list("created_at", flat=True).first()
    return start_of_hour(first - OUT_OF_ORDER) if first else None


def _close_some(start: datetime | None) -> int:
    if start is None:
        return 0
    after = entry_before(start)
    end, until = _end_of_step(start, after)
    if end <= start:
        return 0
    moved = movements(start, end, after=after, until=until)
    newest = newest_by_hour(entries_of(start, end, after=after, until=until))
    closings = list(closings_of(moved, newest, start, end))
    try:
        with transaction.atomic():
            if not _is_still_next(start):
                return 0
            HourClosing.objects.bulk_create(closings)
            HourlyTotal.objects.bulk_create(_total(*key, amount) for key, amount in moved.items() if amount != Amount())
    except IntegrityError:  # another sweep closed them meanwhile
        return 0
    return len({closing.hour for closing in closings})


def _is_still_next(start: datetime) -> bool:
    """The hour before is still closed, and stays so until the transaction ends; or none is, as at the beginning."""
    before = HourClosing.objects.filter(hour=start - HOUR)
    return bool(list(before.select_for_update())) or closed_until() is None


def _end_of_step(start: datetime, after: int) -> tuple[datetime, int | None]:
    """Up to where the next step goes, and the id of an entry that is newer than that; None: there is none."""
    last = min(start_of_hour(timezone.now() - OPEN_FOR), start + HOURS_AT_ONCE * HOUR)
    entries = ENTRIES_AT_ONCE
    while True:
        beyond = LedgerEntry.objects.filter(pk__gt=after + entries).order_by("pk").first()
        if beyond is None:
            return last, None
        end = min(start_of_hour(beyond.created_at - OUT_OF_ORDER), last)
        # Longer than that, or the very first step might close no hour in which something happened.
        if end > start + OUT_OF_ORDER or end == last:
            return end, beyond.pk
        entries *= 2


def closings_of(moved: Moved, newest: dict[datetime, int], start: datetime, end: datetime) -> Iterator[HourClosing]:
    """What was outstanding at the end of each hour, from what was outstanding before and what moved since."""
    changes: dict[datetime, list[tuple[str, Amount]]] = defaultdict(list)
    for (hour, currency, _), amount in moved.items():
        changes[hour].append((currency, amount))
    total: defaultdict[str, Amount] = defaultdict(Amount)
    last_id = 0
    for closing in HourClosing.objects.filter(hour=start - HOUR):
        total[closing.currency] = Amount(closing.tokens, closing.worth_cents)
        last_id = closing.last_entry_id
    hour = start
    while hour < end:
        last_id = max(last_id, newest.get(hour, 0))
        for currency, amount in changes[hour]:
            total[currency] += amount
        for currency, amount in total.items():
            yield HourClosing(
                hour=hour,
                currency=currency,
                tokens=amount.tokens,
                worth_cents=amount.cents,
                last_entry_id=last_id,
            )
        hour += HOUR


def _total(hour: datetime, currency: str, movement: str, amount: Amount) -> HourlyTotal:
    return HourlyTotal(
        hour=hour,
        day=hour.date(),
        currency=currency,
        movement=movement,
        tokens=amount.tokens,
        worth_cents=amount.cents,
    )
