"""The part of the audit that is about running and daily totals: what the posted usages come to."""

from __future__ import annotations

from django.db import connection

from accounts import sql
from tokens.reports.figures import Findings
from tokens.wording import counted

# Posted spends, and holds that were captured, on the day of their capture.
POSTED = """
    FROM token_usage u JOIN wallets w ON w.user_id = u.user_id
    WHERE u.status = 'spent' AND (u.expires_at IS NOT NULL OR u.number <= w.posted_number)
"""
# What the totals say, and what the usages come to.
SUMS = "sum(said) AS said, sum(said_times) AS said_times, sum(spent) AS spent, sum(times) AS times"
DIFFER = "HAVING sum(said) <> sum(spent) OR sum(said_times) <> sum(times)"
RUNNING = f"""
    SELECT user_id, action, {SUMS} FROM (
        SELECT u.user_id, u.action, 0 AS said, 0 AS said_times, u.tokens_spent AS spent, u.quantity AS times {POSTED}
        UNION ALL SELECT user_id, action, tokens, count, 0, 0 FROM usage_totals
    ) compared GROUP BY user_id, action {DIFFER}
"""  # noqa: S608
DAILY = f"""
    SELECT user_id, action, day, api_key, {SUMS} FROM (
        SELECT u.user_id, u.action, {{day}} AS day, coalesce(u.api_key, 0) AS api_key,
            0 AS said, 0 AS said_times, u.tokens_spent AS spent, u.quantity AS times {POSTED}
        UNION ALL SELECT user_id, action, day, api_key, tokens, count, 0, 0 FROM daily_totals
    ) compared GROUP BY user_id, action, day, api_key {DIFFER}
"""  # noqa: S608
DAY = {
    "postgresql": "CAST(coalesce(u.ended_at, u.created_at) AT TIME ZONE 'UTC' AS date)",
    "sqlite": "substr(coalesce(u.ended_at, u.created_at), 1, 10)",
}


def usage_totals_add_up() -> Findings:
    """A sentence for each user and action whose running total isn't the sum of the posted usages."""
    for user_id, action, *sums in sql.run(RUNNING, []):
        yield f"The total of user {user_id} for {action} {_says(*sums)}"


def daily_totals_add_up() -> Findings:
    """A sentence for each user, day, action and API key whose total isn't the sum of the posted usages."""
    for user_id, action, day, api_key, *sums in sql.run(DAILY.format(day=DAY[connection.vendor]), []):
        with_key = f"with API key {api_key}" if api_key else "without an API key"
        yield f"The total of user {user_id} for {action} on {day} {with_key} {_says(*sums)}"


def _says(said: int, said_times: int, spent: int, times: int) -> str:
    return f"says {_use(said, said_times)}, but the posted usages come to {_use(spent, times)}."


def _use(tokens: int, times: int) -> str:
    return f"{counted(int(tokens), 'token')} in {counted(int(times), 'use')}"
