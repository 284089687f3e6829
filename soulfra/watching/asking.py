"""Questions to the database by those who watch: short, and answered also when the database isn't.

A database that hangs keeps whoever asks it. So one thread of a process asks at a time, and the others don't wait for
it for long: there is always one left to say so.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

from django.db import connection, transaction

SECONDS = 2.0


class NoAnswer(Exception):
    """Somebody else has asked, and still waits."""


@contextmanager
def one_at_a_time(lock: threading.Lock) -> Iterator[None]:
    """Ask inside; no answer is waited for longer than `SECONDS`. Raises NoAnswer, or Django's errors.

    On PostgreSQL it is one transaction; on SQLite that would have to wait for whoever writes.
    """
    if not lock.acquire(timeout=SECONDS):
        raise NoAnswer
    try:
        with _in_short() if connection.vendor == "postgresql" else nullcontext():
            yield
    finally:
        lock.release()


@contextmanager
def _in_short() -> Iterator[None]:
    connection.ensure_connection()
    server: Any = connection.connection
    usual, server.give_up_after = server.give_up_after, SECONDS  # a server that is stopped keeps no limit of its own
    try:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute(f"SET LOCAL statement_timeout = {SECONDS * 1000:.0f}")
            yield
    finally:
        server.give_up_after = usual


def close() -> None:
    """Let the next question open a connection of its own."""
    if not connection.in_atomic_block:
        connection.close()
