"""The sandbox's clock: real time plus an offset kept in the store, so that time can be advanced without waiting."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from stripe_sandbox.store.store import Database


def now(db: Database) -> int:
    """Unix seconds as Stripe sees them."""
    rows = db.execute("SELECT name, value FROM setting WHERE name IN ('clock_offset', 'clock_moment')")
    found = {row["name"]: int(row["value"]) for row in rows}
    return found.get("clock_moment") or int(time.time()) + found.get("clock_offset", 0)


@contextmanager
def at(db: Database, moment: int) -> Iterator[None]:
    """Let it be `moment` for what is done within: the time at which something came due, or a test clock's own.

    Other connections never see it, because it is gone again before the caller's write transaction ends.
    """
    row = db.execute("SELECT value FROM setting WHERE name = 'clock_moment'").fetchone()
    db.execute("INSERT OR REPLACE INTO setting VALUES ('clock_moment', ?)", (str(moment),))
    try:
        yield
    finally:
        db.execute("DELETE FROM setting WHERE name = 'clock_moment'")
        if row:
            db.execute("INSERT INTO setting VALUES ('clock_moment', ?)", (row["value"],))


def advance(db: Database, *, seconds: int) -> None:
    """Move the clock forward; what became due happens at the next look (see server/scheduled.py)."""
    if seconds < 0:
        raise ValueError("Stripe's clock only moves forward.")
    db.execute(
        "INSERT INTO setting VALUES ('clock_offset', ?) "
        "ON CONFLICT (name) DO UPDATE SET value = value + excluded.value",
        (str(seconds),),
    )
