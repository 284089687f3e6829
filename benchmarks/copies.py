"""Planting very many rows: the shop makes one, the database copies it. Columns that come later are copied as well."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from django.db.models import Model

from benchmarks.shop import execute


def copy(model: type[Model], row: str, *, for_each: str, **changes: str) -> None:
    """Insert the one row of `model` that `row` tells once for each row of `for_each` (what stands after FROM).

    Ids are new; `changes` are expressions by column.
    """
    table = model._meta.db_table
    fields = [field for field in model._meta.concrete_fields if not field.generated]
    columns = [str(field.column) for field in fields if not field.primary_key or field.column in changes]
    values = [changes.get(column, f"{table}.{column}") for column in columns]
    execute(
        f"INSERT INTO {table} ({', '.join(columns)}) SELECT {', '.join(values)} FROM {for_each}, {table} WHERE {row}"
    )


@contextlib.contextmanager
def unchecked() -> Iterator[None]:
    """Foreign keys are right by construction here, and checking millions of them takes most of the time."""
    execute("SET session_replication_role = replica")
    yield
    execute("SET session_replication_role = origin")
