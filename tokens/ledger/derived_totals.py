"""What running and daily totals must be: sums of posted usages and of paid purchases, beside what the rows say."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

from django.db import connection

from accounts import sql
from tokens.ledger.whose import EVERYBODY, Users
from tokens.wording import counted

# Posted spends, and holds that were captured, on the day of their capture.
POSTED = """
    FROM token_usage u JOIN wallets w ON w.user_id = u.user_id
    WHERE {of_usages} AND u.status = 'spent' AND (u.expires_at IS NOT NULL OR u.number <= w.posted_number)
"""
# What the totals say, and what the usages come to.
SUMS = "sum(said) AS said, sum(said_times) AS said_times, sum(spent) AS spent, sum(times) AS times"
DIFFER = "HAVING sum(said) <> sum(spent) OR sum(said_times) <> sum(times)"
RUNNING = f"""
    SELECT user_id, action, {SUMS} FROM (
        SELECT u.user_id, u.action, 0 AS said, 0 AS said_times, u.tokens_spent AS spent, u.quantity AS times
        {POSTED}
        UNION ALL SELECT user_id, action, tokens, count, 0, 0 FROM usage_totals WHERE {{of_totals}}
    ) compared GROUP BY user_id, action {DIFFER}
"""  # noqa: S608
DAILY = f"""
    SELECT user_id, action, day, api_key, {SUMS} FROM (
        SELECT u.user_id, u.action, {{day}} AS day, coalesce(u.api_key, 0) AS api_key,
            0 AS said, 0 AS said_times, u.tokens_spent AS spent, u.quantity AS times {POSTED}
        UNION ALL SELECT user_id, action, day, api_key, tokens, count, 0, 0 FROM daily_totals WHERE {{of_totals}}
    ) compared GROUP BY user_id, action, day, api_key {DIFFER}
"""  # noqa: S608
DAY = {
    "postgresql": "CAST(coalesce(u.ended_at, u.created_at) AT TIME ZONE 'UTC' AS date)",
    "sqlite": "substr(coalesce(u.ended_at, u.created_at), 1, 10)",
}


class Wrong(NamedTuple):
    """A total that says `said` tokens in `said_times` uses, where the posted usages come to other figures."""

    user_id: int
    action: str
    day: date | str | None  # None: of all days
    api_key: int
    said: int
    said_times: int
    spent: int
    times: int

    def __str__(self) -> str:
        on_the_day = f" on {self.day} {self._with_key()}" if self.day else ""
        return (
            f"The total of user {self.user_id} for {self.action}{on_the_day} says {_use(self.said, self.said_times)}, "
            f"but the posted usages come to {_use(self.spent, self.times)}."
        )

    def _with_key(self) -> str:
        return f"with API key {self.api_key}" if self.api_key else "without an API key"


def wrong_running_totals(users: Users = EVERYBODY) -> Iterator[Wrong]:
    """Each user's and action's running total that isn't the sum of the posted usages."""
    for user_id, action, *sums in sql.run(RUNNING.format(**_of(users)), []):
        yield Wrong(user_id, action, None, 0, *map(int, sums))


def wrong_daily_totals(users: Users = EVERYBODY) -> Iterator[Wrong]:
    """Each user's, day's, action's and API key's total that isn't the sum of the posted usages."""
    statement = DAILY.format(day=DAY[connection.vendor], **_of(users))
    for user_id, action, day, api_key, *sums in sql.run(statement, []):
        yield Wrong(user_id, action, day, api_key, *map(int, sums))


def _of(users: Users) -> dict[str, str]:
    return {"of_usages": users.sql("u.user_id"), "of_totals": users.sql("user_id")}


def _use(tokens: int, times: int) -> str:
    return f"{counted(tokens, 'token')} in {counted(times, 'use')}"
