"""The hour or the day (UTC) that a moment is in, for sums by either.

On SQLite that is the beginning of its text: the date functions there call back into Python for every row.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import Literal

from django.db import connection
from django.db.models import Expression
from django.db.models.functions import Substr, Trunc

By = Literal["hour", "day"]
LETTERS = {"day": len("2026-11-26"), "hour": len("2026-11-26 01")}


def step_of(name: str, by: By) -> Expression:
    """The hour or day of a column, to group by; `start_of` reads what comes of it."""
    return Substr(name, 1, LETTERS[by]) if connection.vendor == "sqlite" else Trunc(name, by, tzinfo=UTC)


def start_of(found: datetime | date | str) -> datetime:
    """The first moment of an hour or day as the database gave it."""
    if isinstance(found, str):
        day, _, hour = found.partition(" ")
        return datetime.combine(date.fromisoformat(day), time(int(hour or 0)), UTC)
    if isinstance(found, datetime):  # without a zone, as a subquery gives it, it is in UTC
        return found if found.tzinfo else found.replace(tzinfo=UTC)
    return datetime.combine(found, time(), UTC)
