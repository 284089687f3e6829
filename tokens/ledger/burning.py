"""Which lots tokens are taken from: soonest expiry first, then free before paid, then oldest."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

from accounts import sql
from tokens import rows
from tokens.errors import BooksDisagree
from tokens.models import Lot

Moves = list[tuple[Lot, int]]

AT_A_TIME = 100
SPENDABLE = f"""
    SELECT {rows.columns(Lot)} FROM lots WHERE user_id = %s AND is_open AND frozen_at IS NULL
    ORDER BY expires_at NULLS LAST, is_paid, id LIMIT %s OFFSET %s
"""  # noqa: S608  names of our columns


def spendable_lots(user_id: int) -> Iterator[Lot]:
    """One user's lots in burn order, a page at a time: a spend rarely needs more than the first."""
    start = 0
    while page := [rows.of_row(Lot, row) for row in sql.run(SPENDABLE, [user_id, AT_A_TIME, start])]:
        yield from page
        if len(page) < AT_A_TIME:
            return
        start += AT_A_TIME


def burned(lots: Iterable[Lot], amounts: Sequence[int]) -> list[Moves]:
    """How much of which lot each amount takes, one amount after the other, each from the first lots that are left.

    Lots are as they come, and none is changed. Raises BooksDisagree when they hold less.
    """
    there = ((lot, lot.remaining) for lot in lots)
    lot, left = next(there, (None, 0))
    taken: list[Moves] = []
    for amount in amounts:
        moves: Moves = []
        while amount:
            if lot is None:
                raise BooksDisagree(f"{amount} tokens more are to be taken than credit blocks hold.")
            if part := min(left, amount):
                moves.append((lot, part))
                left, amount = left - part, amount - part
            if not left:
                lot, left = next(there, (None, 0))
        taken.append(moves)
    return taken


class Left(NamedTuple):
    """How many tokens are left in a lot, with what was spent and is not posted yet taken out of it."""

    lot_id: int
    tokens: int
    is_frozen: bool
    expires_at: datetime | None


def left_of_lots(user_id: int) -> list[Left]:
    """What is left in each of one user's open lots, in burn order, frozen ones too. Nothing changes.

    In one statement, so that it is right whatever is posted meanwhile.
    """
    lots = Lot.objects.filter(wallet=user_id).open().in_burn_order()
    found = list(lots.values_list("pk", "remaining", "frozen_at", "expires_at", "wallet__unposted"))
    unposted = found[0][-1] if found else 0
    left = []
    for pk, remaining, frozen_at, expires_at, _ in found:
        spent = 0 if frozen_at else min(remaining, unposted)
        unposted -= spent
        left.append(Left(pk, remaining - spent, bool(frozen_at), expires_at))
    return left
