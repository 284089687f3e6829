"""How long others take when the shop asks them: Stripe, the mail server, a language model.

Who counts registers with `@when_asked`; who asks knows nobody of them.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from accounts.hooks import Hook

FAILED = "failed"


@dataclass
class Asked:
    """One question: to whom, which one (a few names, never an id), and a word for what came of it."""

    to: str
    operation: str
    outcome: str = FAILED
    seconds: float = 0.0


when_asked: Hook[Callable[[Asked], None]] = Hook()


@contextmanager
def timed(to: str, operation: str) -> Iterator[Asked]:
    """Ask inside, and say the outcome; one that raises has failed."""
    asked, started = Asked(to, operation), time.monotonic()
    try:
        yield asked
    finally:
        asked.seconds = time.monotonic() - started
        for tell in when_asked:
            tell(asked)
