"""The numbers of usages by time."""

from __future__ import annotations

from datetime import datetime

from accounts import sql

# How many usages there were before a moment. Their times rise with their numbers, so the numbers are halved: no index
# by time is needed, which each spend would have to write.
NUMBER_BEFORE = """
    WITH RECURSIVE search (low, high) AS (
        SELECT CAST(0 AS bigint), last_number FROM wallets WHERE user_id = %(user)s
        UNION ALL
        SELECT CASE WHEN u.created_at < %(at)s THEN u.number ELSE low END,
            CASE WHEN u.created_at < %(at)s THEN high ELSE u.number - 1 END
        FROM search JOIN token_usage u ON u.user_id = %(user)s AND u.number = (low + high + 1) / 2
        WHERE low < high
    )
    SELECT low FROM search WHERE low = high
"""


def number_before(user_id: int, at: datetime) -> int:
    """How many of a customer's usages began before that moment; the number of the last of them."""
    found = sql.run(NUMBER_BEFORE, {"user": user_id, "at": at})
    return int(found[0][0]) if found else 0
