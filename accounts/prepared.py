"""Statements that PostgreSQL keeps prepared, run without a cursor.

For a statement that takes the database a tenth of a millisecond, a cursor takes as long again in Python, most of it
for what nobody asks of it here: scrolling, several results, the names of columns. What is left are psycopg's own
conversions, its list of what is prepared, and its way to wait.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from psycopg import Connection, errors, generators
from psycopg._preparing import Prepare
from psycopg.adapt import PyFormat, Transformer
from psycopg.pq import ExecStatus, TransactionStatus
from psycopg.pq.abc import PGresult

Params = Sequence[Any] | Mapping[str, Any]

MARK = re.compile(r"%\((\w+)\)s|%s|%%")
DONE = (ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK)


def run(statement: str, params: Params) -> list[tuple[Any, ...]]:
    """Run one statement; its rows, if it returns any. Errors are Django's."""
    django = connections[DEFAULT_DB_ALIAS]
    django.close_if_health_check_failed()
    django.ensure_connection()
    connection: Connection[Any] = django.connection
    if not _is_plain(django, connection):
        with django.cursor() as cursor:
            cursor.execute(statement, params)
            return cursor.fetchall() if cursor.description else []
    django.validate_no_broken_transaction()
    with django.wrap_database_errors:
        return _run(connection, statement, params)


def _is_plain(django: BaseDatabaseWrapper, connection: Connection[Any]) -> bool:
    """Whether a cursor would do nothing besides: log the statement, or begin a transaction before it."""
    if django.queries_logged or django.execute_wrappers:
        return False
    return connection.autocommit or connection.pgconn.transaction_status == TransactionStatus.INTRANS


class _Query(NamedTuple):
    """What psycopg remembers of a statement, to prepare it when it is asked often enough."""

    query: bytes
    types: tuple[int, ...]


def _run(connection: Connection[Any], statement: str, params: Params) -> list[tuple[Any, ...]]:
    text, names = _numbered(statement)
    transformer = Transformer(connection)
    values = transformer.dump_sequence([params[name] for name in names], [PyFormat.AUTO] * len(names))
    query, formats, server = _Query(text, transformer.types or ()), transformer.formats, connection.pgconn
    # One list of what is prepared, which psycopg empties when the server may have dropped it.
    prepared = connection._prepared
    state, name = prepared.get(query)  # type: ignore[arg-type]
    if state is Prepare.NO:
        server.send_query_params(text, values, query.types, formats)
    else:
        if state is Prepare.SHOULD:
            server.send_prepare(name, text, query.types)
            _require_done(connection, _answer(connection))
        server.send_query_prepared(name, values, formats)
    key = prepared.maybe_add_to_cache(query, state, name)  # type: ignore[arg-type]
    result = _answer(connection)
    if key:
        prepared.validate(key, state, name, [result])
    if prepared._to_flush:
        connection.wait(prepared.maintain_gen(connection))
    _require_done(connection, result)
    transformer.set_pgresult(result)
    return transformer.load_rows(0, result.ntuples, tuple)


def _answer(connection: Connection[Any]) -> PGresult:
    """What the server says to what was sent, waited for as long as the connection waits."""
    return connection.wait(generators.execute(connection.pgconn))[-1]


def _require_done(connection: Connection[Any], result: PGresult) -> None:
    if result.status not in DONE:
        raise errors.error_from_result(result, encoding=connection.info.encoding)


@lru_cache(maxsize=1000)
def _numbered(statement: str) -> tuple[bytes, list[Any]]:
    """The statement with $1 for its first mark and so on, and which parameter stands at each."""
    names: list[Any] = []

    def number(mark: re.Match[str]) -> str:
        if mark.group() == "%%":
            return "%"
        name: Any = mark.group(1) or len(names)
        if name not in names:
            names.append(name)
        return f"${names.index(name) + 1}"

    return MARK.sub(number, statement).encode(), names
