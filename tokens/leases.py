"""Rows of work that workers lease: when a worker dies, its row is taken over once the lease has expired.

A row is taken by changing it so that it is due no more until its lease ends. Its number of the attempt tells a worker
afterwards whether it is still the one who has it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any, TypeVar

from django.db.models import Model, QuerySet

Row = TypeVar("Row", bound=Model)


def take(due: QuerySet[Row], changes: Callable[[Row], dict[str, Any]]) -> Row | None:
    """The first row of `due` that nobody else takes meanwhile, with its changes written; None: there is none.

    The changes must make it due no more, or it would be taken twice. In a transaction of its own, which is over before
    the work begins.
    """
    while (row := due.first()) is not None:
        values = changes(row)
        if due.filter(pk=row.pk).update(**values):
            for name, value in values.items():
                setattr(row, name, value)
            return row
    return None


def if_still_ours(row: Row) -> QuerySet[Row]:
    """The row alone, or nothing once another attempt has begun or has ended the work."""
    same = {"pk": row.pk, "status": row.status, "attempts": row.attempts}  # type: ignore[attr-defined]  # of each such row
    return type(row)._default_manager.filter(**same)


def wait_before_next(attempts: int, *, first: timedelta, longest: timedelta) -> timedelta:
    """How long to wait after so many attempts that failed: twice as long each time, up to the longest."""
    return min(first * 2 ** min(attempts - 1, 10), longest)
