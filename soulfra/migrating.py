"""One migration of a database at a time, whoever starts it: servers on several machines may start together."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.migrations.executor import MigrationExecutor

# Any number will do that nobody else uses in this database: https://www.postgresql.org/docs/current/explicit-locking.html
LOCK = 5_019_770_113


def is_behind(alias: str = DEFAULT_DB_ALIAS) -> bool:
    """Whether the database lacks a migration of this code."""
    executor = MigrationExecutor(connections[alias])
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))


@contextmanager
def alone(alias: str = DEFAULT_DB_ALIAS, *, on_wait: Callable[[], None]) -> Iterator[None]:
    """Let no other migration of this database run meanwhile; calls `on_wait` if there is one to wait for."""
    connection: Any = connections[alias]
    if connection.vendor == "postgresql":
        with _postgresql(alias, on_wait):
            yield
    elif connection.vendor == "sqlite" and not connection.is_in_memory_db():
        with _file(f"{connection.settings_dict['NAME']}.migrating", on_wait):
            yield
    else:
        yield


@contextmanager
def _postgresql(alias: str, on_wait: Callable[[], None]) -> Iterator[None]:
    """In a transaction on a connection of its own: a pooler that lends one for each transaction leaves it alone, and a
    process that dies gives the lock back.
    """
    connection: Any = connections.create_connection(alias)
    try:
        connection.set_autocommit(False)
        with connection.cursor() as cursor:
            for limit in ("lock_timeout", "statement_timeout", "idle_in_transaction_session_timeout"):
                cursor.execute(f"SET LOCAL {limit} = 0")
            cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK])
            if not cursor.fetchone()[0]:
                on_wait()
                cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        yield
    finally:
        connection.close()


@contextmanager
def _file(path: str, on_wait: Callable[[], None]) -> Iterator[None]:
    """Beside the database and not the database itself: closing that would drop SQLite's own locks of this process."""
    with open(os.open(path, os.O_RDWR | os.O_CREAT, 0o600)) as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            on_wait()
            fcntl.flock(file, fcntl.LOCK_EX)
        yield
