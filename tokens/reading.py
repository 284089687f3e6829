"""Reading many rows without holding anything open in the database, and without writing any."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from operator import attrgetter
from typing import Any, TypeVar

from django.db import connection
from django.db.models import QuerySet

T = TypeVar("T")
PAGE = 1000


def in_order_of(field: str, rows: QuerySet[Any, T], value: Callable[[T], Any] | None = None) -> Iterator[T]:
    """The rows in the order of a unique field, read a page at a time; `value` gets the field from a row.

    So no cursor stays open at PostgreSQL while the caller asks Stripe or writes to somebody who is slow, nor when that
    goes wrong and nobody comes back for the next row.
    """
    value = value or attrgetter(field)
    page = list(rows.order_by(field)[:PAGE])
    while page:
        yield from page
        if len(page) < PAGE:
            return
        page = list(rows.filter(**{f"{field}__gt": value(page[-1])}).order_by(field)[:PAGE])


def nothing_written() -> AbstractContextManager[None]:
    """While this lasts, each statement of this thread but a question is refused before the database hears of it."""
    return connection.execute_wrapper(_refuse_writing)


def _refuse_writing(execute: Callable[..., Any], statement: str, *rest: Any) -> Any:
    if not statement.lstrip(" \n(").upper().startswith("SELECT"):
        raise RuntimeError(f"Nothing may be written now, but this would: {statement.strip()[:80]}")
    return execute(statement, *rest)
