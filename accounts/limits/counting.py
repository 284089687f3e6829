"""Limits that all processes of the shop count together, in one statement each.

The count is one moment, until when what was let through has used the limit up (the generic cell rate algorithm), so
that nothing has to be read before it is written, and two at once cannot both have the last place.
"""

from __future__ import annotations

import time

from django.db import connection

from accounts.models import LimitCount

# A moment further ahead than any count reaches was written by a clock that is wrong.
FURTHEST_SECONDS = 120
TAKE = """
    INSERT INTO shared_limits (key, until) VALUES (%(key)s, %(now)s + %(takes)s)
    ON CONFLICT (key) DO UPDATE SET until = %(takes)s + CASE
        WHEN shared_limits.until BETWEEN %(now)s AND %(ahead)s THEN shared_limits.until ELSE %(now)s END
    WHERE shared_limits.until <= %(ahead)s OR shared_limits.until > %(most)s
"""


def take(limit: str, who: str, *, per_minute: int) -> float:
    """Count one act under a limit that lets `per_minute` through at once, and then one after the other.

    0.0, or the seconds to wait until one is let through (nothing counted). Call it outside of transactions: one that
    is rolled back would count nothing, and one that goes on long would keep the others of this client waiting.
    """
    key, now, takes = f"{limit}:{who}", time.time(), 60 / per_minute
    ahead = now + takes * (per_minute - 1)
    with connection.cursor() as cursor:
        given: dict[str, str | float] = {"key": key, "now": now, "takes": takes, "ahead": ahead}
        cursor.execute(TAKE, given | {"most": now + FURTHEST_SECONDS})
        if cursor.rowcount == 1:
            return 0.0
    until = LimitCount.objects.filter(pk=key).values_list("until", flat=True).first()
    return max(0.0, until - ahead) if until is not None else takes


def forget_used(now: float) -> int:
    """Delete counts that are over, which changes nothing for those counted; how many."""
    return LimitCount.objects.filter(until__lt=now).delete()[0]
