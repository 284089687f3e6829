"""Derives every closed hour again from the entries, and names each that does not say what they say.

The database sums all the entries, with the statements of `tokens.reports.movements`; hours are what is compared here.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from django.db.models import QuerySet

from tokens.ledger import hours
from tokens.models import HourClosing, HourlyTotal
from tokens.reading import in_order_of
from tokens.reports.closed_hours import closings_of, stored_until
from tokens.reports.movements import Amount, Moved, movements


def closed_hours_say_what_their_entries_say() -> Iterator[str]:
    """A sentence for each closed hour whose stored totals differ from its entries."""
    if until := stored_until():
        yield from hours_say_what_their_entries_say(None, until)
    yield from closed_hours_are_closed()


def closed_hours_are_closed() -> Iterator[str]:
    """A sentence if totals are stored of hours that are not closed, or in which entries may still count."""
    until = stored_until()
    if until is None:
        yield from (f"{total} is stored, but no hour is closed." for total in HourlyTotal.objects.all()[:1])
        return
    sealed = hours.sealed_until()
    if sealed is None or sealed < until:
        yield f"Hours are stored up to {until:%Y-%m-%d %H:00}, but entries may still count in hours before that."


def hours_say_what_their_entries_say(start: datetime | None, end: datetime) -> Iterator[str]:
    """The same of the hours from `start` up to but without `end`, which are closed.

    What was outstanding at the beginning is taken from the closing before: that of the hours looked at before these.
    """
    moved = movements(start, end)
    within = {"hour__lt": end} if start is None else {"hour__lt": end, "hour__gte": start}
    yield from _wrong_totals(moved, HourlyTotal.objects.filter(**within))
    yield from _wrong_closings(moved, HourClosing.objects.filter(**within), start, end)


def _wrong_totals(moved: Moved, totals: QuerySet[HourlyTotal]) -> Iterator[str]:
    stored: dict[tuple[datetime, str, str], Amount] = {}
    for total in in_order_of("pk", totals):
        stored[total.hour, total.currency, total.movement] = Amount(total.tokens, total.worth_cents)
        if total.day != total.hour.date():
            yield f"Hour {total.hour:%Y-%m-%d %H:00}: its day is stored as {total.day}."
    for key in sorted(stored.keys() | moved.keys()):
        is_, should_be = stored.get(key, Amount()), moved.get(key, Amount())
        if is_ != should_be:
            hour, currency, movement = key
            yield (
                f"Hour {hour:%Y-%m-%d %H:00}: {is_.tokens} tokens worth {is_.cents} {currency} are stored as "
                f"{movement}, the entries say {should_be.tokens} worth {should_be.cents}."
            )


def _wrong_closings(
    moved: Moved, closings: QuerySet[HourClosing], start: datetime | None, end: datetime
) -> Iterator[str]:
    stored = {(row.hour, row.currency): row for row in in_order_of("pk", closings)}
    first = start or min(hour for hour, _ in stored)
    for right in closings_of(moved, first, end):
        row = stored.pop((right.hour, right.currency), None)
        if row is None:
            yield f"Hour {right.hour:%Y-%m-%d %H:00}: no closing is stored for {right.currency}."
        elif _said_by(row) != _said_by(right):
            yield (
                f"Hour {row.hour:%Y-%m-%d %H:00}: {row.tokens} tokens worth {row.worth_cents} {row.currency} are "
                f"stored as its closing, the entries say {right.tokens} worth {right.worth_cents}."
            )
    for row in stored.values():
        yield f"Hour {row.hour:%Y-%m-%d %H:00}: a closing is stored for {row.currency}, the entries say nothing."


def _said_by(row: HourClosing) -> tuple[int, int]:
    return row.tokens, row.worth_cents
