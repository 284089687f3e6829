"""Webhooks as they are on a bad day: switches that are kept in the store and obeyed from the next event on.

`drop` is a pattern of event types ("*": every event); `delay` is in seconds; `give_up_after` counts attempts.
"""

import secrets
from dataclasses import asdict, dataclass, replace
from fnmatch import fnmatchcase
from typing import Any

from stripe_sandbox.objects import Body
from stripe_sandbox.store import Database

ATTEMPTS = 8
_SHUFFLED_OVER_SECONDS = 2


@dataclass(frozen=True)
class Faults:
    """All off: each event is sent once, at once, in order, and tried eight times."""

    duplicate: bool = False
    shuffle: bool = False
    delay: int = 0
    drop: str = ""
    two_ids: bool = False
    give_up_after: int = ATTEMPTS

    def drops(self, type: str) -> bool:
        return bool(self.drop) and fnmatchcase(type, self.drop)

    @property
    def wait_seconds(self) -> float:
        """How long an event waits before it is first sent."""
        return self.delay + self.disorder_seconds

    @property
    def disorder_seconds(self) -> float:
        return secrets.randbelow(_SHUFFLED_OVER_SECONDS * 1000) / 1000 if self.shuffle else 0.0

    @property
    def body(self) -> Body:
        return asdict(self)


def current(db: Database) -> Faults:
    """The faults that deliveries have now; none unless set."""
    return Faults(**db.setting("faults", {}))


def switch(db: Database, **switches: Any) -> Faults:
    """Set the switches that are named and leave the others."""
    changed = replace(current(db), **switches)
    db.set("faults", changed.body)
    return changed


def clear(db: Database) -> Faults:
    """Let deliveries work again; returns no faults."""
    db.set("faults", None)
    return Faults()
