"""Derives every closed hour again from the entries, and names each that does not say what they say.

The database sums all the entries, with the statements of `tokens.reports.movements`; hours are what is compared here.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from tokens.ledger import hours
from tokens.models import HourClosing, HourlyTotal
from tokens.reading import in_order_of
from tokens.reports.closed_hours import HOUR, closings_of, stored_until
from tokens.reports.movements import Amount, Moved, movements


def closed_hours_say_what_their_entries_say() -> Iterator[str]:
    """A sentence for each closed hour whose stored totals differ from its entries."""
    until = stored_until()
    if until is None:
        yield from (f"{total} is stored, but no hour is closed." for total in HourlyTotal.objects.all()[:1])
        return
    moved = movements(None, until)
    yield from _wrong_totals(moved)
    yield from _wrong_closings(moved)
    sealed = hours.sealed_until()
    if sealed is None or sealed < until:
        yield f"Hours are stored up to {until:%Y-%m-%d %H:00}, but entries may still count in hours before that."


def _wrong_totals(moved: Moved) -> Iterator[str]:
    stored: dict[tuple[datetime, str, str], Amount] = {}
    for total in in_order_of("pk", HourlyTotal.objects.all()):
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


def _wrong_closings(moved: Moved) -> Iterator[str]:
    stored = {(row.hour, row.currency): row for row in in_order_of("pk", HourClosing.objects.all())}
    first, last = min(hour for hour, _ in stored), max(hour for hour, _ in stored)
    for right in closings_of(moved, first, last + HOUR):
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
