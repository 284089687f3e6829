"""Single rows, read and written with statements that are composed once.

The counterparts of the ORM's `get`, `create` and `save(update_fields)` for the paths that every payment and hold takes:
composing such a query anew takes several times as long as the database does. Values are converted as the ORM does it;
signals are not sent.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, TypeVar

from django.db import DEFAULT_DB_ALIAS, DatabaseError, connection, models, transaction
from django.db.models.expressions import Col
from django.db.transaction import TransactionManagementError

from accounts import sql

M = TypeVar("M", bound=models.Model)
Fields = tuple["models.Field[Any, Any]", ...]


def find(model: type[M], *, lock: bool = False, **named: Any) -> M | None:
    """The row whose columns have these values, none of which is None; None if there is none. At most one may.

    With `lock` it is locked until the transaction ends.
    """
    if lock and not connection.in_atomic_block:
        raise TransactionManagementError("A row is locked inside a transaction only.")
    statement, fields = _select(model, tuple(named), lock)
    params = [field.get_db_prep_save(value, connection) for field, value in zip(fields, named.values(), strict=True)]
    rows = sql.run(statement, params)
    return of_row(model, rows[0]) if rows else None


def get(model: type[M], *, lock: bool = False, **named: Any) -> M:
    """As `find`; raises the model's DoesNotExist if there is none."""
    if row := find(model, lock=lock, **named):
        return row
    raise model.DoesNotExist(f"There is no {model.__name__} with {named}.")  # type: ignore[attr-defined]


def columns(model: type[models.Model]) -> str:
    """All columns, as a SELECT names them, in the order that `of_row` reads them."""
    return _named(model._meta.concrete_fields)


def of_row(model: type[M], row: Sequence[Any]) -> M:
    """The instance of a row of `columns` that a statement gave."""
    names, converters = _reading(model)
    values = list(row)
    for place, column, convert in converters:
        values[place] = convert(values[place], column, connection)
    return model.from_db(DEFAULT_DB_ALIAS, names, values)


def create(row: M) -> M:
    """Write a new row, and tell the instance its id."""
    _insert(row, "")
    return row


def create_once(row: M) -> bool:
    """As `create`, unless there is one like it where only one may be: whether it was written."""
    return _insert(row, " ON CONFLICT DO NOTHING")


def create_all(written: Sequence[models.Model]) -> None:
    """As `create`, for some of one model: one at a time goes by the statement that is there already."""
    if len(written) == 1:
        create(written[0])
    elif written:
        type(written[0])._default_manager.bulk_create(written)


def update(row: models.Model, *names: str) -> None:
    """Write these attributes of a row that is there."""
    model = type(row)
    statement, fields = _update(model, names)
    params = [field.get_db_prep_save(field.pre_save(row, add=False), connection) for field in fields]
    with transaction.mark_for_rollback_on_error(DEFAULT_DB_ALIAS):
        if not sql.run(statement, [*params, row.pk]):
            raise DatabaseError(f"{model.__name__} {row.pk} is not there any more.")


def _insert(row: models.Model, on_conflict: str) -> bool:
    model = type(row)
    statement, fields = _into(model, row.pk is not None, on_conflict)
    params = [field.get_db_prep_save(field.pre_save(row, add=True), connection) for field in fields]
    with transaction.mark_for_rollback_on_error(DEFAULT_DB_ALIAS):
        written = sql.run(statement, params)
    if written:
        row.pk = written[0][0]
        row._state.adding, row._state.db = False, DEFAULT_DB_ALIAS
    return bool(written)


@cache
def _select(model: type[models.Model], names: tuple[str, ...], lock: bool) -> tuple[str, Fields]:
    fields = _fields(model, names)
    where = " AND ".join(f"{field.column} = %s" for field in fields)
    # SQLite's writers are alone in any case.
    locked = " FOR NO KEY UPDATE" if lock and connection.features.has_select_for_update else ""
    return f"SELECT {columns(model)} FROM {model._meta.db_table} WHERE {where}{locked}", fields  # noqa: S608  names of our columns


@cache
def _into(model: type[models.Model], has_pk: bool, on_conflict: str) -> tuple[str, Fields]:
    written = tuple(
        field for field in model._meta.concrete_fields if not field.generated and (has_pk or not field.primary_key)
    )
    names, marks = _named(written), ", ".join(["%s"] * len(written))
    into = f"INSERT INTO {model._meta.db_table} ({names}) VALUES ({marks})"  # noqa: S608
    return f"{into}{on_conflict} RETURNING {model._meta.pk.column}", written


@cache
def _update(model: type[models.Model], names: tuple[str, ...]) -> tuple[str, Fields]:
    fields = _fields(model, names)
    values = ", ".join(f"{field.column} = %s" for field in fields)
    pk = model._meta.pk.column
    return f"UPDATE {model._meta.db_table} SET {values} WHERE {pk} = %s RETURNING {pk}", fields  # noqa: S608


@cache
def _reading(model: type[models.Model]) -> tuple[list[str], list[tuple[int, Col, Callable[..., Any]]]]:
    """The names of what a row has, and what turns which of its values into Python's."""
    fields, converters = model._meta.concrete_fields, list[tuple[int, Col, Callable[..., Any]]]()
    for place, field in enumerate(fields):
        column = Col(model._meta.db_table, field)
        each = [*connection.ops.get_db_converters(column), *column.get_db_converters(connection)]
        converters += [(place, column, convert) for convert in each]
    return [field.attname for field in fields], converters


def _named(fields: Sequence[models.Field[Any, Any]]) -> str:
    return ", ".join(str(field.column) for field in fields)


def _fields(model: type[models.Model], names: tuple[str, ...]) -> Fields:
    meta = model._meta
    return tuple(meta.pk if name == "pk" else meta.get_field(name) for name in names)  # type: ignore[misc]
