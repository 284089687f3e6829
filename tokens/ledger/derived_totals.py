"""What running and daily totals must be: sums of posted usages and of paid purchases, beside what the rows say."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

from django.db import connection

from accounts import sql
from tokens.ledger.whose import EVERYBODY, Users
from tokens.wording import counted

# Posted spends, and holds that were captured, on the day of their capture; each without what was taken back of it.
POSTED = """
    FROM token_usage u JOIN wallets w ON w.user_id = u.user_id
    WHERE {of_usages} AND u.status = 'spent' AND (u.expires_at IS NOT NULL OR u.number <= w.posted_number)
"""
TAKEN_BACK = """
    FROM spend_reversals r JOIN token_usage u ON u.id = r.usage_id WHERE {of_usages}
"""
# What the totals say, and what the usages come to.
SUMS = "sum(said) AS said, sum(said_times) AS said_times, sum(spent) AS spent, sum(times) AS times"
DIFFER = "HAVING sum(said) <> sum(spent) OR sum(said_times) <> sum(times)"
RUNNING = f"""
    SELECT user_id, action, {SUMS} FROM (
        SELECT u.user_id, u.action, 0 AS said, 0 AS said_times, u.tokens_spent AS spent, u.quantity AS times
        {POSTED}
        UNION ALL SELECT u.user_id, u.action, 0, 0, -r.tokens, -r.quantity {TAKEN_BACK}
        UNION ALL SELECT user_id, action, tokens, count, 0, 0 FROM usage_totals WHERE {{of_totals}}
    ) compared GROUP BY user_id, action {DIFFER}
"""  # noqa: S608
DAILY = f"""
    SELECT user_id, action, day, api_key, {SUMS} FROM (
        SELECT u.user_id, u.action, {{day}} AS day, coalesce(u.api_key, 0) AS api_key,
            0 AS said, 0 AS said_times, u.tokens_spent AS spent, u.quantity AS times {POSTED}
        UNION ALL SELECT u.user_id, u.action, {{day}}, coalesce(u.api_key, 0), 0, 0, -r.tokens, -r.quantity {TAKEN_BACK}
        UNION ALL SELECT user_id, action, day, api_key, tokens, count, 0, 0 FROM daily_totals WHERE {{of_totals}}
    ) compared GROUP BY user_id, action, day, api_key {DIFFER}
"""  # noqa: S608
DAY = {
    "postgresql": "CAST(coalesce(u.ended_at, u.created_at) AT TIME ZONE 'UTC' AS date)",
    "sqlite": "substr(coalesce(u.ended_at, u.created_at), 1, 10)",
}

# What counts toward a wallet's own limits: what was spent and is held of the day of its newest usage, and of that
# day's month, without what was taken back of it.
COUNTED = """
    SELECT w.user_id, w.spent_on, w.spent_in_day, w.spent_in_month, {newest_day} AS day,
        coalesce(counted.in_day, 0) AS in_day, coalesce(counted.in_month, 0) AS in_month
    FROM wallets w JOIN token_usage newest ON newest.user_id = w.user_id AND newest.number = w.last_number
    LEFT JOIN (
        SELECT u.user_id, sum(u.tokens_spent - coalesce(back.tokens, 0)) AS in_month,
            sum(CASE WHEN {day} = {newest_day} THEN u.tokens_spent - coalesce(back.tokens, 0) ELSE 0 END) AS in_day
        FROM wallets w JOIN token_usage newest ON newest.user_id = w.user_id AND newest.number = w.last_number
        JOIN token_usage u ON u.user_id = w.user_id
        LEFT JOIN (SELECT usage_id, sum(tokens) AS tokens FROM spend_reversals GROUP BY usage_id) back
            ON back.usage_id = u.id
        WHERE {of_usages} AND u.status IN ('spent', 'held') AND u.created_at >= {month} GROUP BY u.user_id
    ) counted ON counted.user_id = w.user_id
    WHERE {of_wallets} AND (
        w.spent_on IS NULL OR w.spent_on <> {newest_day}
        OR w.spent_in_day <> coalesce(counted.in_day, 0) OR w.spent_in_month <> coalesce(counted.in_month, 0))
"""
RECOUNT = """
    UPDATE wallets SET spent_on = wrong.day, spent_in_day = wrong.in_day, spent_in_month = wrong.in_month
    FROM ({wrong}) AS wrong WHERE wallets.user_id = wrong.user_id
"""
# The same of the caps of API keys, which a key shares with its successors. Their counts may stand on an earlier day.
KEYS = """
    SELECT user_id, id, day, said_in_day, said_in_month, in_day, in_month FROM (
        SELECT c.user_id, c.id, {newest_day} AS day,
            CASE WHEN c.spent_on >= {newest_day} THEN c.spent_in_day ELSE 0 END AS said_in_day,
            CASE WHEN c.spent_on >= {newest_month} THEN c.spent_in_month ELSE 0 END AS said_in_month,
            coalesce(counted.in_day, 0) AS in_day, coalesce(counted.in_month, 0) AS in_month
        FROM accounts_keycaps c JOIN wallets w ON w.user_id = c.user_id
        JOIN token_usage newest ON newest.user_id = w.user_id AND newest.number = w.last_number
        LEFT JOIN (
            SELECT k.caps_id, sum(u.tokens_spent - coalesce(back.tokens, 0)) AS in_month,
                sum(CASE WHEN {day} = {newest_day} THEN u.tokens_spent - coalesce(back.tokens, 0) ELSE 0 END) AS in_day
            FROM accounts_apikey k JOIN wallets w ON w.user_id = k.user_id
            JOIN token_usage newest ON newest.user_id = w.user_id AND newest.number = w.last_number
            JOIN token_usage u ON u.user_id = k.user_id AND u.api_key = k.id
            LEFT JOIN (SELECT usage_id, sum(tokens) AS tokens FROM spend_reversals GROUP BY usage_id) back
                ON back.usage_id = u.id
            WHERE {of_usages} AND k.caps_id IS NOT NULL AND u.status IN ('spent', 'held') AND u.created_at >= {month}
            GROUP BY k.caps_id
        ) counted ON counted.caps_id = c.id
        WHERE {of_wallets}
    ) compared WHERE said_in_day <> in_day OR said_in_month <> in_month
"""
RECOUNT_KEYS = """
    UPDATE accounts_keycaps SET spent_on = wrong.day, spent_in_day = wrong.in_day, spent_in_month = wrong.in_month
    FROM ({wrong}) AS wrong WHERE accounts_keycaps.id = wrong.id
"""
DAY_OF = {"postgresql": "CAST({of}.created_at AT TIME ZONE 'UTC' AS date)", "sqlite": "substr({of}.created_at, 1, 10)"}
MONTH_OF = {
    "postgresql": "date_trunc('month', newest.created_at AT TIME ZONE 'UTC') AT TIME ZONE 'UTC'",
    "sqlite": "date(newest.created_at, 'start of month')",
}

FIRST_OF = {
    "postgresql": "CAST(date_trunc('month', newest.created_at AT TIME ZONE 'UTC') AS date)",
    "sqlite": "date(newest.created_at, 'start of month')",
}


class Miscounted(NamedTuple):
    """What a wallet says that counts toward its limits on its last day, and what its usages come to; tokens."""

    user_id: int
    spent_on: date | str | None
    in_day: int
    in_month: int
    right_day: date | str
    right_in_day: int
    right_in_month: int

    def __str__(self) -> str:
        return (
            f"The wallet of user {self.user_id} counts {counted(self.in_day, 'token')} on {self.spent_on or 'no day'} "
            f"and {self.in_month:,} in that month, but its usages come to {self.right_in_day:,} on {self.right_day} "
            f"and {self.right_in_month:,} in that month."
        )


class MiscountedKey(NamedTuple):
    """What caps of a key say that counts on the last day of their customer's wallet, and what it comes to; tokens."""

    user_id: int
    caps_id: int
    day: date | str
    in_day: int
    in_month: int
    right_in_day: int
    right_in_month: int

    def __str__(self) -> str:
        return (
            f"Caps {self.caps_id} of an API key of user {self.user_id} count {counted(self.in_day, 'token')} "
            f"on {self.day} and {self.in_month:,} in that month, but the key's usages come to {self.right_in_day:,} "
            f"on that day and {self.right_in_month:,} in that month."
        )


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


def miscounted(users: Users = EVERYBODY) -> Iterator[Miscounted]:
    """Each wallet that counts something else toward its limits than its usages come to."""
    for figures in sql.run(_counted(users), []):
        user_id, spent_on, in_day, in_month, right_day, right_in_day, right_in_month = figures
        right = (right_day, int(right_in_day), int(right_in_month))
        yield Miscounted(user_id, spent_on, in_day, in_month, *right)


def miscounted_keys(users: Users = EVERYBODY) -> Iterator[MiscountedKey]:
    """The caps of API keys that count something else than the usages of their keys come to."""
    for user_id, caps_id, day, *figures in sql.run(_counted(users, KEYS), []):
        yield MiscountedKey(user_id, caps_id, day, *map(int, figures))


def count_limits_again(users: Users = EVERYBODY) -> None:
    """Make the counts of limits and caps what the usages come to. What moves meanwhile waits."""
    sql.run(RECOUNT.format(wrong=_counted(users)), [])
    sql.run(RECOUNT_KEYS.format(wrong=_counted(users, KEYS)), [])


def _counted(users: Users, question: str = COUNTED) -> str:
    day, whose = DAY_OF[connection.vendor], {"of_usages": users.sql("u.user_id"), "of_wallets": users.sql("w.user_id")}
    days = {"day": day.format(of="u"), "newest_day": day.format(of="newest"), "month": MONTH_OF[connection.vendor]}
    return question.format(**days, **whose, newest_month=FIRST_OF[connection.vendor])


def _of(users: Users) -> dict[str, str]:
    return {"of_usages": users.sql("u.user_id"), "of_totals": users.sql("user_id")}


def _use(tokens: int, times: int) -> str:
    return f"{counted(tokens, 'token')} in {counted(times, 'use')}"
