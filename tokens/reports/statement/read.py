"""A statement of any time: its lines page by page, and the balances at its beginning and end, which add up."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from tokens.reports.statement.lines import REVERSED, Causes, Line, line_of
from tokens.reports.statement.positions import BEGINNING, END, Position, Stretch, stretch_of
from tokens.reports.statement.rows import Row, newest, rows_in

AT_A_TIME = 1000


class Mark(NamedTuple):
    """Where a page ended, and the end of the whole statement, which stays the same on all of its pages."""

    place: Position
    end: Position


@dataclass(frozen=True)
class Statement:
    """A page of lines, the newest first, and the balances before and after all that the statement covers.

    Without a kind, opening balance + the tokens of all pages' lines = closing balance.
    """

    lines: list[Line]
    opening_balance: int
    closing_balance: int
    next: Mark | None


def read_statement(
    user_id: int,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    kind: str | None = None,
    limit: int = 50,
    after: Mark | None = None,
) -> Statement:
    """What moved from `since` up to but without `until`, one kind of it or all; `after` is the page before.

    What happens while pages are read stands above the first page's end, so that no page loses or repeats a line.
    """
    low, high = stretch_of(user_id, since, until)
    if after:
        high = max(low, after.end)
    last = newest(user_id, Stretch(BEGINNING, high))
    high = max(low, last.place.after()) if last else low
    below = max(low, min(high, after.place)) if after else high
    rows, has_more = _rows(user_id, Stretch(low, below), limit=limit, kind=kind)
    return Statement(
        lines=_lines(user_id, rows),
        opening_balance=balance_before(user_id, low),
        closing_balance=_balance_after(user_id, last),
        next=Mark(rows[-1].place, high) if has_more else None,
    )


def latest_lines(user_id: int, limit: int) -> list[Line]:
    """The newest lines of all, without the balances around them."""
    return _lines(user_id, rows_in(user_id, Stretch(BEGINNING, END), limit=limit))


def all_lines(user_id: int, *, since: datetime | None, until: datetime | None, kind: str | None) -> Iterator[Line]:
    """Every line, the newest first, read a page at a time."""
    after = None
    while True:
        page = read_statement(user_id, since=since, until=until, kind=kind, limit=AT_A_TIME, after=after)
        yield from page.lines
        if (after := page.next) is None:
            return


def balance_before(user_id: int, place: Position) -> int:
    """What the customer had after everything below that place."""
    return _balance_after(user_id, newest(user_id, Stretch(BEGINNING, place)))


def _balance_after(user_id: int, row: Row | None) -> int:
    """The balance after a movement, which one that only changed a debt doesn't say itself."""
    tokens = 0
    while row and row.balance_after is None:
        tokens += row.tokens
        row = newest(user_id, Stretch(BEGINNING, row.place))
    return tokens + (row.balance_after or 0 if row else 0)


def _rows(user_id: int, stretch: Stretch, *, limit: int, kind: str | None) -> tuple[list[Row], bool]:
    """A page of rows, and whether more follow."""
    rows = rows_in(user_id, stretch, limit=limit + 1, kind=kind)
    if kind in REVERSED:
        causes = Causes(rows)
        rows = [row for row in rows if causes.say(row).kind == kind]
    return rows[:limit], len(rows) > limit


def _lines(user_id: int, rows: list[Row]) -> list[Line]:
    causes = Causes(rows)
    return [line_of(row, causes.say(row), _balance_after(user_id, row)) for row in rows]
