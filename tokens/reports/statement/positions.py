"""Where a movement stands in one customer's history: the same for good, whatever is spent or posted later.

A usage stands at its number; an entry after the usages that were there by then; a reversal right after the entry
before it. Whoever moves tokens has the wallet's lock, so what comes later always stands higher.
"""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from accounts import sql
from tokens.ledger.numbers import number_before


class Position(NamedTuple):
    """`step` is 0 for a usage, twice the id of an entry, and one more for a reversal, whose id is `tie`."""

    number: int
    step: int = 0
    tie: int = 0

    def after(self) -> Position:
        """The first place above it."""
        return self._replace(tie=self.tie + 1)


class Stretch(NamedTuple):
    """The places from `low` up to but without `high`."""

    low: Position
    high: Position


BEGINNING, END = Position(0), Position(2**62)

# The newest of what stands between that usage and the next.
STEP_BEFORE = """
    SELECT step, tie FROM (
        SELECT 2 * max(id) AS step, 0 AS tie FROM ledger_entries
        WHERE user_id = %(user)s AND number = %(number)s AND created_at < %(at)s
            AND kind IN ('credit', 'hold', 'release', 'unspend', 'deduct', 'expire', 'reverse', 'restore')
            AND kind <> 'spend' AND balance_after IS NOT NULL
        UNION ALL
        SELECT 2 * last_entry_id + 1, id FROM reversals
        WHERE user_id = %(user)s AND number = %(number)s AND created_at < %(at)s
    ) steps WHERE step IS NOT NULL ORDER BY step DESC, tie DESC LIMIT 1
"""


def place_of(user_id: int, at: datetime) -> Position:
    """The place below which everything happened before that moment, and nothing after it."""
    number = number_before(user_id, at)
    steps = sql.run(STEP_BEFORE, {"user": user_id, "number": number, "at": at})
    return (Position(number, *steps[0]) if steps else Position(number)).after()


def stretch_of(user_id: int, since: datetime | None, until: datetime | None) -> Stretch:
    """The places of what happened from `since` up to but without `until`; None is no limit."""
    low = BEGINNING if since is None else place_of(user_id, since)
    high = END if until is None else place_of(user_id, until)
    return Stretch(low, max(low, high))


def limits(stretch: Stretch) -> dict[str, int]:
    """The stretch as the parameters that statements compare columns with."""
    params: dict[str, int] = {}
    for end, place in (("low", stretch.low), ("high", stretch.high)):
        is_above = place.step > 0 or place.tie > 0
        params |= {f"{end}_usage": place.number + is_above, f"{end}_number": place.number}
        params |= {f"{end}_entry": (place.step + (place.tie > 0) + 1) // 2}
        params |= {f"{end}_step": place.step, f"{end}_tie": place.tie}
    return params
