"""Questions to the database by those who watch: short, and answered also when the database isn't.

A database that hangs keeps whoever asks it. So one thread of a process asks at a time, and the others don't wait for
it for long: there is always one left to say so.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction

SECONDS = 2.0


class NoAnswer(Exception):
    """Somebody else has asked, and still waits."""


@contextmanager
def one_at_a_time(lock: threading.Lock) -> Iterator[None]:
    """Ask inside, in one transaction; no statement takes longer than `SECONDS`. Raises NoAnswer, or Django's errors."""
    if not lock.acquire(timeout=SECONDS):
        raise NoAnswer
    try:
        with transaction.atomic():
            if connection.vendor == "postgresql":
                with connection.cursor() as cursor:
                    cursor.execute(f"SET LOCAL statement_timeout = {SECONDS * 1000:.0f}")
            yield
    finally:
        lock.release()


def close() -> None:
    """Let the next question open a connection of its own."""
    if not connection.in_atomic_block:
        connection.close()
