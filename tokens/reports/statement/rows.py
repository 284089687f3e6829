"""The movements of one customer, newest first, as the database has them: one row an event, by ranges of an index.

A plain spend is its usage: its tokens are taken out of lots later, by postings, which are no event. A hold is its
entries, as its usage says only what became of it; one that was charged is a spend. What moved several lots at once is
one row.
"""

from __future__ import annotations

from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

from accounts import sql
from tokens.reports.statement.positions import END, Position, Stretch, limits

# Each usage is taken, holds too, and these are left out afterwards: with a hold in every place, its entries fill the
# page, and so no page has to look further than its own length.
USAGES = """
    SELECT number, 0 AS step, 0 AS tie, CASE WHEN expires_at IS NULL THEN 'spend' ELSE 'held' END AS what,
        'usage' AS cause_kind, id AS cause_id, id, -tokens_spent AS tokens, balance_after, created_at AS at
    FROM token_usage WHERE user_id = %(user)s AND number >= %(low_usage)s AND number < %(high_usage)s {only}
    ORDER BY number DESC LIMIT %(usages)s
"""
# Holds made together stand after the last of them, so a page may begin between their usages and their entries.
HOLDS_ABOVE = """
    SELECT count(*) FROM ledger_entries e WHERE e.user_id = %(user)s AND e.kind = 'hold' AND {listed}
        AND e.number = %(high_number)s AND e.id >= %(high_entry)s
"""
ENTRIES = """
    SELECT e.number, 2 * e.id AS step, 0 AS tie, '{what}' AS what, e.cause_kind, e.cause_id, e.id, {tokens} AS tokens,
        e.balance_after, e.created_at AS at
    FROM ledger_entries e WHERE e.user_id = %(user)s AND e.kind = '{kind}' AND {listed}
        AND (e.number, e.id) >= (%(low_number)s, %(low_entry)s)
        AND (e.number, e.id) < (%(high_number)s, %(high_entry)s) {only}
    ORDER BY e.number DESC, e.id DESC LIMIT %(limit)s
"""
# What the index is limited by: SQLite wants to read it, PostgreSQL to prove it.
LISTED = "NOT (e.kind = 'spend') AND e.balance_after IS NOT NULL"
# All that one event did to lots, at the place of its last entry. What is said of repayments is for the index too.
SAME_EVENT = "x.cause_kind = e.cause_kind AND x.cause_id = e.cause_id AND x.kind = e.kind AND NOT x.kind = 'repay'"
OF_ITS_EVENT = f"(SELECT sum(x.tokens) FROM ledger_entries x WHERE {SAME_EVENT})"  # noqa: S608
LAST_OF_ITS_EVENT = f"AND NOT EXISTS (SELECT 1 FROM ledger_entries x WHERE {SAME_EVENT} AND x.id > e.id)"  # noqa: S608
ITS_STATUS = "AND (SELECT u.status FROM token_usage u WHERE u.id = e.cause_id)"
# A lot that a reversal made, of what had been repaid meanwhile, is a line of its own: between, something may expire.
MADE = "AND EXISTS (SELECT 1 FROM lots l WHERE l.id = e.lot_id AND l.reversal_id = e.cause_id)"
# A customer has as many as refunds and disputes. The debt falls or rises before tokens move; of a debt from before
# the correction, the entries tell.
ITS_ENTRIES = """
    FROM ledger_entries e JOIN lots l ON l.id = e.lot_id
    WHERE e.cause_kind = 'reversal' AND e.cause_id = r.id AND e.kind IN ('reverse', 'restore')
    AND NOT e.kind = 'repay' AND (l.reversal_id IS NULL OR l.reversal_id <> r.id)
"""
REVERSALS = f"""
    SELECT r.number, 2 * r.last_entry_id + 1 AS step, r.id AS tie, 'reversal' AS what, 'reversal' AS cause_kind,
        r.id AS cause_id, r.id,
        coalesce((SELECT sum(e.tokens) {ITS_ENTRIES}), 0) + CASE WHEN EXISTS (
            SELECT 1 FROM ledger_entries c WHERE c.cause_kind = 'reversal' AND c.cause_id = r.id
            AND c.kind = 'correct' AND NOT c.kind = 'repay') THEN 0 ELSE r.debt_forgiven - r.debt_made END AS tokens,
        (SELECT e.balance_after {ITS_ENTRIES} ORDER BY e.id DESC LIMIT 1) AS balance_after, r.created_at AS at
    FROM reversals r WHERE r.user_id = %(user)s
        AND (r.number, 2 * r.last_entry_id + 1, r.id) >= (%(low_number)s, %(low_step)s, %(low_tie)s)
        AND (r.number, 2 * r.last_entry_id + 1, r.id) < (%(high_number)s, %(high_step)s, %(high_tie)s)
"""  # noqa: S608  what is put in is above


def _entries(kind: str, *, what: str = "", only: str = "", is_one: bool = False) -> str:
    tokens, last = ("e.tokens", "") if is_one else (OF_ITS_EVENT, LAST_OF_ITS_EVENT)
    return ENTRIES.format(kind=kind, what=what or kind, tokens=tokens, listed=LISTED, only=f"{last} {only}")


def _holds(status: str) -> str:
    return _entries("hold", only=f"{ITS_STATUS} {status}")


def _credits(only: str) -> str:
    return _entries("credit", only=f"AND {only}", is_one=True)


def _bought(kind: str) -> str:
    purchase = f"SELECT 1 FROM purchases p WHERE p.id = e.cause_id AND p.type = '{kind}'"  # noqa: S608
    return _credits(f"e.cause_kind = 'purchase' AND EXISTS ({purchase})")


_CREDITS, _MADE = _entries("credit", is_one=True), _entries("restore", what="made", only=MADE, is_one=True)
# Where the lines of each kind are; a reversal's row says itself whether it is a refund, a dispute or a return.
SOURCES: dict[str, tuple[str, ...]] = {
    "purchase": (_bought("tokens"),),
    "membership": (_bought("subscription"),),
    "grant": (_credits("e.cause_kind = 'grant'"),),
    "deduction": (_entries("deduct"),),
    "spend": (USAGES.format(only="AND expires_at IS NULL"), _holds("= 'spent'")),
    "hold": (_holds("<> 'spent'"),),
    "release": (_entries("release"),),
    "reversal": (_entries("unspend"),),
    "refund": (REVERSALS,),
    "dispute": (REVERSALS,),
    "return": (REVERSALS, _MADE),
    "expiry": (_entries("expire"),),
}
EVERYTHING = (
    USAGES.format(only=""),
    _CREDITS,
    *(_entries(kind) for kind in ("hold", "release", "unspend", "deduct", "expire")),
    REVERSALS,
    _MADE,
)


class Row(NamedTuple):
    """One event: `what` it is, whose doing (`cause_kind`, `cause_id`), and `tokens`, signed.

    `balance_after` is None for a reversal that only changed a debt.
    """

    place: Position
    what: str
    cause_kind: str
    cause_id: int
    id: int
    tokens: int
    balance_after: int | None
    at: datetime


@cache
def _statement(sources: tuple[str, ...]) -> str:
    named = [f"SELECT * FROM ({source}) s{place}" for place, source in enumerate(sources)]  # noqa: S608
    union = " UNION ALL ".join(named)
    return f"""SELECT * FROM ({union}) moves WHERE what <> 'held' AND tokens <> 0
        ORDER BY number DESC, step DESC, tie DESC LIMIT %(most)s"""  # noqa: S608  what is put in is above


def rows_in(user_id: int, stretch: Stretch, *, limit: int, kind: str | None = None) -> list[Row]:
    """The events of a stretch, the newest first: at most so many of all kinds, or of one.

    Of refunds, disputes and returns there are all, as only their rows tell which is which.
    """
    sources = SOURCES[kind] if kind else EVERYTHING
    most = 2**31 if kind and REVERSALS in sources else limit
    params = {"user": user_id, "limit": limit, "most": most, **limits(stretch)}
    params["usages"] = limit + (0 if stretch.high == END else _holds_above(params))
    found = sql.run(_statement(sources), params)
    return [_row(*columns) for columns in found]


def newest(user_id: int, stretch: Stretch) -> Row | None:
    """The newest event of a stretch."""
    return next(iter(rows_in(user_id, stretch, limit=1)), None)


def _holds_above(params: dict[str, int]) -> int:
    """How many usages below the stretch's end may have their lines above it."""
    asked = {name: params[name] for name in ("user", "high_number", "high_entry")}
    return int(sql.run(HOLDS_ABOVE.format(listed=LISTED), asked)[0][0])


def _row(number: int, step: int, tie: int, what: str, kind: str, cause: int, pk: int, *figures: Any) -> Row:
    tokens, balance, at = figures
    moment = sql.moment(at)
    return Row(Position(number, step, tie), what, kind, cause, pk, int(tokens), balance, moment)  # type: ignore[arg-type]
