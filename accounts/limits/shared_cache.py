"""Django's database cache in the shop's own database: what allauth counts and remembers holds for every process.

allauth locks each of its counters with `add`, and remembers one-time codes with it, so `add` must be exact. Django's
unpickles what it reads, so that whoever could write a row would run code in the shop; here a value is JSON.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
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

    def get_many(self, keys: Iterable[str], version: int | None = None) -> dict[str, Any]:
        """What is stored and holds. A row that is no JSON counts as none."""
        asked = {self.make_and_validate_key(key, version): key for key in keys}
        rows = CacheRow.objects.filter(cache_key__in=asked, expires__gte=timezone.now())
        found = ((asked[row.cache_key], _read(row.value)) for row in rows)
        return {key: value[0] for key, value in found if value}

    def _base_set(self, mode: str, key: str, value: Any, timeout: Any = DEFAULT_TIMEOUT) -> bool:
        """What `add`, `set` and `touch` do with a key as it is stored. Raises TypeError for what JSON can't say."""
        expires, now = self._end(timeout), timezone.now().replace(microsecond=0)
        if mode == "touch":
            return bool(CacheRow.objects.filter(cache_key=key).update(expires=expires))
        text = json.dumps(value)
        if CacheRow.objects.count() > self._max_entries:
            # Django's would drop rows that still hold: who could fill the table would be rid of every limit.
            forget_expired(now)
        if mode == "add":
            return _add(key, text, expires, now)
        CacheRow.objects.bulk_create(
            [CacheRow(cache_key=key, value=text, expires=expires)],
            update_conflicts=True,
            unique_fields=["cache_key"],
            update_fields=["value", "expires"],
        )
        return True

    def _end(self, timeout: Any) -> datetime:
        until = self.get_backend_timeout(timeout)
        end = datetime.max.replace(tzinfo=UTC) if until is None else datetime.fromtimestamp(until, tz=UTC)
        return end.replace(microsecond=0)


def _read(text: str) -> tuple[Any] | None:
    try:
        return (json.loads(text),)
    except (ValueError, RecursionError):
        return None


def _add(key: str, text: str, expires: datetime, now: datetime) -> bool:
    """One statement: of those who add the same key at once, one is told True.

    Django's own asks first and writes then, so that two may both find a row that has run out, and both win.
    """
    adapt = connection.ops.adapt_datetimefield_value
    with connection.cursor() as cursor:
        cursor.execute(ADD, [key, text, adapt(expires), adapt(now)])
        return bool(cursor.rowcount == 1)


def forget_expired(now: datetime) -> int:
    """Delete what has run out; how much."""
    return CacheRow.objects.filter(expires__lt=now).delete()[0]
