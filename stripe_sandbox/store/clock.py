"""The sandbox's clock: real time plus an offset kept in the store, so that time can be advanced without waiting."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from stripe_sandbox.store import Database


def now(db: Database) -> int:
    """Unix seconds as Stripe sees them."""
    return db.setting("clock_moment") or int(time.time()) + db.setting("clock_offset", 0)


def ahead(db: Database) -> int:
    """How many seconds this clock is ahead of the machine's, which is that of the project beside it."""
    return db.setting("clock_offset", 0)


@contextmanager
def at(db: Database, moment: int) -> Iterator[None]:
    """Let it be `moment` for what is done within: the time at which something came due, or a test clock's own.

    Other connections never see it, because it is gone again before the caller's write transaction ends.
    """
    before = db.setting("clock_moment")
    db.set("clock_moment", moment)
    try:
        yield
    finally:
        db.set("clock_moment", before)


def advance(db: Database, *, seconds: int) -> None:
    """Move the clock forward; what became due happens at the next look (see server/scheduled.py)."""
    if seconds < 0:
        raise ValueError("Stripe's clock only moves forward.")
    db.set("clock_offset", db.setting("clock_offset", 0) + seconds)
