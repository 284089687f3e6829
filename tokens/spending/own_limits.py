"""Limits that customers set for themselves: lowered at once, raised only with their password."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from tokens import rows
from tokens.errors import PasswordNeeded
from tokens.ledger.limits import Limit, limits_of
from tokens.ledger.wallet import lock_wallet, read_wallet
from tokens.transactions import money_transaction

MOST = 1_000_000_000  # tokens; more than anyone spends in a month


def own_limits(user_id: int, now: datetime) -> tuple[Limit, Limit]:
    """The limits of the day and of the month."""
    return limits_of(read_wallet(user_id), now)


COLUMNS = {"day": "day_limit", "month": "month_limit"}


@money_transaction
def set_limits(user_id: int, limits: Mapping[str, int | None], *, is_proven: bool) -> None:
    """Set the limits of `day` and `month`, or of one of them, in tokens; None for no limit. Holds that are there stay.

    Raises PasswordNeeded where one is raised or removed and nothing proves that the customer asks, after which both are
    as before.
    """
    wallet = lock_wallet(user_id)
    changes = {COLUMNS[period]: limit for period, limit in limits.items()}
    if not is_proven and any(is_raised(getattr(wallet, name), limit) for name, limit in changes.items()):
        raise PasswordNeeded
    for name, limit in changes.items():
        setattr(wallet, name, limit)
    rows.update(wallet, *changes)


def is_raised(before: int | None, after: int | None) -> bool:
    """Whether a limit lets more be spent than before; None is no limit."""
    return before is not None and (after is None or after > before)
