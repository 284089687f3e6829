"""The sandbox's clock: real time plus an offset kept in the store, so that time can be advanced without waiting."""

import time

from soulfra.stripe_sandbox.store import Database


def now(db: Database) -> int:
    """Unix seconds as Stripe sees them."""
    row = db.execute("SELECT value FROM setting WHERE name = 'clock_offset'").fetchone()
    return int(time.time()) + (int(row["value"]) if row else 0)


def advance(db: Database, *, seconds: int) -> None:
    """Move the clock forward; what became due happens at the next look (see due.py)."""
    if seconds < 0:
        raise ValueError("Stripe's clock only moves forward.")
    db.execute(
        "INSERT INTO setting VALUES ('clock_offset', ?) "
        "ON CONFLICT (name) DO UPDATE SET value = value + excluded.value",
        (str(seconds),),
    )
