"""What one customer spent over time, by day, action or API key: added up from daily totals, not from usages.

Only three small parts are read from usages: what isn't posted yet, and what a period takes of its first and last day.
As in the totals, a hold counts once it is captured, on the day of its capture, and what was taken back of a spend is
left out, whenever that was.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta
from functools import cache
from typing import Literal, NamedTuple

from django.db import connection

from accounts import sql
from tokens.ledger.numbers import number_before

By = Literal["day", "action", "key"]
COLUMNS: dict[By, str] = {"day": "day", "action": "action", "key": "api_key"}
# A hold is captured within seven days, and what is captured in a closed hour counts in the next open one.
LONGEST_UNTIL_CAPTURE = timedelta(days=9)
BEFORE_ALL, AFTER_ALL = datetime(1970, 1, 1, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC)

DAY = {"postgresql": "CAST({at} AT TIME ZONE 'UTC' AS date)", "sqlite": "substr({at}, 1, 10)"}
TOTALS = """
    SELECT day, action, api_key, tokens, count FROM daily_totals
    WHERE user_id = %(user)s AND day >= %(first_day)s AND day < %(end_day)s
"""
USAGES = """
    SELECT {day} AS day, action, coalesce(api_key, 0) AS api_key, tokens_spent - coalesce(tokens_back, 0) AS tokens,
        quantity - coalesce(times_back, 0) AS count
    FROM token_usage LEFT JOIN (
        SELECT usage_id, sum(tokens) AS tokens_back, sum(quantity) AS times_back
        FROM spend_reversals WHERE user_id = %(user)s GROUP BY usage_id
    ) taken_back ON usage_id = id
    WHERE user_id = %(user)s AND {only}
"""
UNPOSTED = """
    number > (SELECT posted_number FROM wallets WHERE user_id = %(user)s)
    AND number <= (SELECT last_number FROM wallets WHERE user_id = %(user)s)
    AND created_at >= %(first)s AND created_at < %(end)s
"""
SPENT = "number >= %(low)s AND number < %(high)s AND expires_at IS NULL"
CAPTURED = """
    number >= %(low)s AND number < %(high)s AND expires_at IS NOT NULL AND status = 'spent'
    AND ended_at >= %(since)s AND ended_at < %(until)s
"""
SUMS = """
    SELECT {columns}, sum(tokens) AS tokens, sum(count) AS count FROM ({rows}) spent
    WHERE (CAST(%(action)s AS varchar) IS NULL OR action = %(action)s)
        AND (CAST(%(key)s AS bigint) IS NULL OR api_key = %(key)s)
    GROUP BY {columns}
"""


class Sum(NamedTuple):
    """Tokens spent, and on how many times of an action, by what they were asked by: (day, action, key id or 0)."""

    by: tuple[str, ...]
    tokens: int
    times: int


class Asked(NamedTuple):
    """From `since` up to but without `until`; of one action or key (0: none), or of all."""

    since: datetime | None = None
    until: datetime | None = None
    action: str | None = None
    key: int | None = None


def spent_over_time(user_id: int, asked: Asked, by: tuple[By, ...]) -> list[Sum]:
    """What was spent in a period, in the order of what it is added up by."""
    since, until = asked.since or BEFORE_ALL, max(asked.until or AFTER_ALL, asked.since or BEFORE_ALL)
    first, end = _next_midnight(since), _midnight(until)
    params = {"user": user_id, "action": asked.action, "key": asked.key}
    sums: dict[tuple[str, ...], tuple[int, int]] = {}
    if first <= end:
        days = {"first": first, "end": end, "first_day": f"{first.date()}", "end_day": f"{end.date()}"}
        _add(sums, _statement("days", by), {**params, **days})
    parts = [(since, min(first, until)), (end, until)] if first <= end else [(since, until)]
    for start, stop in parts:
        if start < stop:
            _add_part(sums, params, by, start, stop)
    return [Sum(key, *sums[key]) for key in sorted(sums) if any(sums[key])]


def _add_part(
    sums: dict[tuple[str, ...], tuple[int, int]], params: Mapping[str, object], by: tuple[By, ...], *period: datetime
) -> None:
    """What was spent within one day, read from its usages."""
    since, until = period
    user_id = int(str(params["user"]))
    low, high = number_before(user_id, since) + 1, number_before(user_id, until) + 1
    _add(sums, _statement("spent", by), {**params, "low": low, "high": high})
    low = number_before(user_id, since - LONGEST_UNTIL_CAPTURE) + 1
    _add(sums, _statement("captured", by), {**params, "low": low, "high": high, "since": since, "until": until})


@cache
def _statement(part: Literal["days", "spent", "captured"], by: tuple[By, ...]) -> str:
    day = DAY[connection.vendor].format
    began, ended = day(at="created_at"), day(at="ended_at")
    rows = {
        "days": f"{TOTALS} UNION ALL {USAGES.format(day=began, only=UNPOSTED)}",
        "spent": USAGES.format(day=began, only=SPENT),
        "captured": USAGES.format(day=ended, only=CAPTURED),
    }[part]
    return SUMS.format(columns=", ".join(COLUMNS[each] for each in by), rows=rows)


def _add(sums: dict[tuple[str, ...], tuple[int, int]], statement: str, params: Mapping[str, object]) -> None:
    for *by, tokens, count in sql.run(statement, params):
        key = tuple(str(each) for each in by)
        before = sums.get(key, (0, 0))
        sums[key] = before[0] + int(tokens), before[1] + int(count)


def _midnight(at: datetime) -> datetime:
    return datetime.combine(at.astimezone(UTC).date(), time(), UTC)


def _next_midnight(at: datetime) -> datetime:
    """The first midnight that isn't before it."""
    midnight = _midnight(at)
    return midnight if midnight == at else midnight + timedelta(days=1)
