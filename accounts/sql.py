"""Statements that are asked so often that composing them by the ORM would take longer than the database does.

Their marks are `%s` or `%(name)s`; what is meant as a per cent sign is `%%`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from functools import cache, lru_cache
from typing import Any
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS, connection, connections

from accounts import prepared
from accounts.prepared import MARK

AS_TEXT = {datetime, UUID}


@cache
def is_postgresql() -> bool:
    """Whether the shop's database is PostgreSQL; SQLite otherwise."""
    return connection.vendor == "postgresql"


def run(statement: str, params: Sequence[Any] | Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """Run one statement; its rows, if it returns any. Moments may be given as they are. Errors are Django's.

    Without a cursor, which takes as long as a small statement, unless somebody counts or logs what is asked.
    """
    if is_postgresql():
        return prepared.run(statement, params)
    django, values = connections[DEFAULT_DB_ALIAS], _adapted(params)
    if django.queries_logged or django.execute_wrappers:
        with django.cursor() as cursor:
            cursor.execute(statement, values)
            return cursor.fetchall() if cursor.description else []
    django.ensure_connection()
    django.validate_no_broken_transaction()
    with django.wrap_database_errors:
        rows: list[tuple[Any, ...]] = django.connection.execute(_in_sqlites_style(statement), values).fetchall()
        return rows


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


@lru_cache(maxsize=1000)
def _in_sqlites_style(statement: str) -> str:
    return MARK.sub(lambda mark: "%" if mark.group() == "%%" else f":{mark[1]}" if mark[1] else "?", statement)


def _adapted(params: Sequence[Any] | Mapping[str, Any]) -> Any:
    """As SQLite keeps them: moments and UUIDs as text."""
    if isinstance(params, Mapping):
        return {name: _as_text(value) if type(value) in AS_TEXT else value for name, value in params.items()}
    return [_as_text(value) if type(value) in AS_TEXT else value for value in params]


def _as_text(value: datetime | UUID) -> Any:
    return value.hex if isinstance(value, UUID) else connection.ops.adapt_datetimefield_value(value)
