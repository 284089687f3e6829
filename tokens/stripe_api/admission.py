"""Which calls to Stripe are made: none inside a transaction, and while somebody waits so many at a time, and none to a
Stripe that does not answer.

Each process counts for itself. The worker's calls hold up no page, so they are neither counted nor refused.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.db import connection

from tokens.errors import StripeBusy, StripeUnreachable

# Threads of a process that no call to Stripe may take, so that pages and webhooks find one free.
KEPT_FREE = 2
# So many calls in a row without an answer, and for so long none is made; then one tries.
FAILURES_IN_A_ROW = 5
PAUSE_SECONDS = 15.0


def most_at_once() -> int:
    """How many calls may be under way in this process; a process of one or two threads cannot do with less than one."""
    return max(1, settings.WEB_THREADS - KEPT_FREE)


def refuse_inside_a_transaction() -> None:
    """A call to Stripe may take long: locks must not wait for it. The transaction a test runs in is let pass."""
    blocks: list[Any] = connection.atomic_blocks
    if any(not block._from_testcase for block in blocks):
        raise RuntimeError("Stripe is never called while a database transaction is open.")


class Admission:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._under_way = 0
        self._failures = 0
        self._pause_ends_at = 0.0

    @contextmanager
    def call(self) -> Iterator[None]:
        """Make a call inside. Raises StripeBusy when too many are under way, StripeUnreachable during a pause."""
        self._enter()
        try:
            yield
        finally:
            with self._lock:
                self._under_way -= 1

    def report(self, *, is_answered: bool) -> None:
        """What became of a call: a refusal is an answer too, a fault on Stripe's side is none."""
        with self._lock:
            self._failures = 0 if is_answered else self._failures + 1
            if self._failures >= FAILURES_IN_A_ROW:
                self._pause_ends_at = time.monotonic() + PAUSE_SECONDS

    def _enter(self) -> None:
        with self._lock:
            if self._under_way >= most_at_once():
                raise StripeBusy
            if self._failures >= FAILURES_IN_A_ROW:
                if time.monotonic() < self._pause_ends_at:
                    raise StripeUnreachable
                self._pause_ends_at = time.monotonic() + PAUSE_SECONDS  # this one tries; the others keep pausing
            self._under_way += 1
