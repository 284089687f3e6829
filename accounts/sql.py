"""Statements that are asked so often that composing them by the ORM would take longer than the database does."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Any
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS, connection, connections

from accounts import prepared


@cache
def is_postgresql() -> bool:
    """Whether the shop's database is PostgreSQL; SQLite otherwise."""
    return connection.vendor == "postgresql"


def run(statement: str, params: Sequence[Any] | Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """Run one statement; its rows, if it returns any. Moments may be given as they are."""
    if is_postgresql():
        return prepared.run(statement, params)
    with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
        cursor.execute(statement, _adapted(params))
        return cursor.fetchall() if cursor.description else []


def insert(table: str, rows: Sequence[Mapping[str, Any]]) -> list[int]:
    """Write rows that all have the same columns, in one statement; their ids, in the same order."""
    columns = list(rows[0])
    marks = ", ".join([f"({', '.join(['%s'] * len(columns))})"] * len(rows))
    statement = f"INSERT INTO {table} ({', '.join(columns)}) VALUES {marks} RETURNING id"  # noqa: S608  our own names
    return sorted(pk for (pk,) in run(statement, [value for row in rows for value in row.values()]))


def moment(value: datetime | str | None) -> datetime | None:
    """A moment as a statement returned it: SQLite keeps text, or a time without a zone."""
    if isinstance(value, str):
        value = datetime.fromisoformat(value)
    return value.replace(tzinfo=UTC) if value and value.tzinfo is None else value


def marks(values: Iterable[Any]) -> str:
    """A mark for each value, for an IN."""
    return ", ".join("%s" for _ in values)


def _adapted(params: Sequence[Any] | Mapping[str, Any]) -> Any:
    """As SQLite keeps them: moments and UUIDs as text."""
    adapt = connection.ops.adapt_datetimefield_value

    def adapted(value: Any) -> Any:
        if isinstance(value, datetime):
            return adapt(value)
        return value.hex if isinstance(value, UUID) else value

    if isinstance(params, Mapping):
        return {name: adapted(value) for name, value in params.items()}
    return [adapted(value) for value in params]
