"""Django's database cache in the shop's own database: what allauth counts and remembers holds for every process.

allauth locks each of its counters with `add`, and remembers one-time codes with it, so `add` must be exact.
"""

from __future__ import annotations

import pickle
from base64 import b64encode
from datetime import UTC, datetime
from typing import Any

from django.core.cache.backends.base import DEFAULT_TIMEOUT
from django.core.cache.backends.db import DatabaseCache
from django.db import connection
from django.utils import timezone

from accounts.models import CacheRow

ADD = """
    INSERT INTO shared_cache (cache_key, value, expires) VALUES (%s, %s, %s)
    ON CONFLICT (cache_key) DO UPDATE SET value = excluded.value, expires = excluded.expires
    WHERE shared_cache.expires < %s
"""


class SharedCache(DatabaseCache):
    """`LOCATION` is the table of CacheRow, which a migration makes."""

    def add(self, key: str, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        """One statement: of those who add the same key at once, one is told True.

        Django's own asks first and writes then, so that two may both find a row that has run out, and both win.
        """
        until = self.get_backend_timeout(timeout)
        if until is None:
            return super().add(key, value, timeout, version)
        adapt = connection.ops.adapt_datetimefield_value
        now = adapt(timezone.now().replace(microsecond=0))
        expires = adapt(datetime.fromtimestamp(until, tz=UTC).replace(microsecond=0))
        with connection.cursor() as cursor:
            cursor.execute(ADD, [self.make_and_validate_key(key, version), _as_text(value), expires, now])
            return bool(cursor.rowcount == 1)

    def _cull(self, db: str, cursor: Any, now: datetime, num: int) -> None:
        # Django's would drop a third of the rows that still hold: who could fill the table would be rid of every limit.
        forget_expired(now)


def _as_text(value: Any) -> str:
    # As Django's own writes, and so reads, a value.
    return b64encode(pickle.dumps(value, DatabaseCache.pickle_protocol)).decode("ascii")


def forget_expired(now: datetime) -> int:
    """Delete what has run out; how much."""
    return CacheRow.objects.filter(expires__lt=now).delete()[0]
