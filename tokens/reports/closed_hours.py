"""Closes hours: stores what moved in each, and what was outstanding at its end.

The sweep does it; a spend never does, whose row for the hour would be the one that all spends wait for. First nothing
more may count in an hour (`tokens.ledger.hours`), then its entries are summed. Reports read what is stored and scan
only the rest (`tokens.reports.period_totals`), so hours that nobody has closed yet make them slow, not wrong.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone

from tokens.ledger import hours
from tokens.ledger.hours import start_of_hour
from tokens.models import HourClosing, HourlyTotal, LedgerEntry
from tokens.reports.movements import Amount, Moved, movements

HOUR = timedelta(hours=1)
# So long usages may wait to be posted and still count in their own hour; and a machine's clock may be wrong.
OPEN_FOR = timedelta(minutes=10)
ENTRIES_AT_ONCE = 200_000
HOURS_AT_ONCE = 24 * 31
STEPS_AT_ONCE = 10


def close_hours(*, steps: int = STEPS_AT_ONCE) -> int:
    """Close what can be closed, the oldest first, in so many steps of bounded work; how many hours."""
    start = stored_until() or _first_hour()
    end = start_of_hour(timezone.now() - OPEN_FOR)
    if start is None or end <= start:
        return 0
    hours.seal_until(end)
    closed = 0
    for _ in range(steps):
        closed += (done := _store(start, end))
        start += done * HOUR
        if not done:
            break
    return closed


def open_again() -> None:
    """Forget what is stored of closed hours; the next sweeps store it again. For books in which an hour was wrong."""
    with transaction.atomic():
        while HourClosing.objects.exists():  # and those of a sweep that was waited for
            HourClosing.objects.all().delete()
        HourlyTotal.objects.all().delete()


def stored_until() -> datetime | None:
    """The end of the last hour that is closed and stored, in UTC; None when none is."""
    last = HourClosing.objects.order_by("-hour").values_list("hour", flat=True).first()
    return last + HOUR if last else None


def _first_hour() -> datetime | None:
    return LedgerEntry.objects.order_by("hour").values_list("hour", flat=True).first()


def _store(start: datetime, end: datetime) -> int:
    """Store some hours from `start` on, which are closed; how many."""
    end = end_of_step(start, end)
    moved = movements(start, end)
    closings = list(closings_of(moved, start, end))
    try:
        with transaction.atomic():
            if not _is_still_next(start):
                return 0
            HourClosing.objects.bulk_create(closings)
            HourlyTotal.objects.bulk_create(_total(*key, amount) for key, amount in moved.items() if amount != Amount())
    except IntegrityError:  # another sweep stored them meanwhile
        return 0
    return len({closing.hour for closing in closings})


def _is_still_next(start: datetime) -> bool:
    """The hour before is still closed, and stays so until the transaction ends; or none is, as at the beginning."""
    before = HourClosing.objects.filter(hour=start - HOUR)
    return bool(list(before.select_for_update())) or stored_until() is None


def end_of_step(start: datetime, end: datetime) -> datetime:
    """Up to where one step goes: about so many entries, and not too many hours."""
    end = min(end, start + HOURS_AT_ONCE * HOUR)
    within = LedgerEntry.objects.filter(hour__gte=start, hour__lt=end).order_by("hour").values_list("hour", flat=True)
    beyond = list(within[ENTRIES_AT_ONCE : ENTRIES_AT_ONCE + 1])
    return max(beyond[0], start + HOUR) if beyond else end


def closings_of(moved: Moved, start: datetime, end: datetime) -> Iterator[HourClosing]:
    """What was outstanding at the end of each hour, from what was outstanding before and what moved since."""
    changes: dict[datetime, list[tuple[str, Amount]]] = defaultdict(list)
    for (hour, currency, _), amount in moved.items():
        changes[hour].append((currency, amount))
    total: defaultdict[str, Amount] = defaultdict(Amount)
    for closing in HourClosing.objects.filter(hour=start - HOUR):
        total[closing.currency] = Amount(closing.tokens, closing.worth_cents)
    hour = start
    while hour < end:
        for currency, amount in changes[hour]:
            total[currency] += amount
        for currency, amount in total.items():
            yield HourClosing(hour=hour, currency=currency, tokens=amount.tokens, worth_cents=amount.cents)
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
