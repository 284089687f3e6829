"""Limits that customers set themselves: tokens per day and per month, in UTC.

What counts toward them stands on the wallet and is raised by the spend itself, so that it is exact however many spend
at once. A hold counts when it is made, and what it gives back no longer counts.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from tokens.errors import LimitReached
from tokens.ledger.wallet import moment_of, require_available
from tokens.models import Wallet


@dataclass(frozen=True)
class Limit:
    """A limit of the day or the month, in tokens; `limit` is None where none is set."""

    period: str
    limit: int | None
    spent: int
    resets_at: datetime

    @property
    def left(self) -> int | None:
        """What may still be spent until it resets; None: it sets no bound."""
        return None if self.limit is None else max(0, self.limit - self.spent)


def limits_of(wallet: Wallet, now: datetime) -> tuple[Limit, Limit]:
    """The limits of the day and of the month, and what counts toward them at `now`."""
    today = _day(moment_of(wallet, now))
    tomorrow, next_month = today + timedelta(days=1), (today.replace(day=1) + timedelta(days=32)).replace(day=1)
    in_day, in_month = _counted(wallet, today)
    return (
        Limit("day", wallet.day_limit, in_day, datetime.combine(tomorrow, time(), UTC)),
        Limit("month", wallet.month_limit, in_month, datetime.combine(next_month, time(), UTC)),
    )


def spendable(wallet: Wallet, now: datetime) -> int:
    """What a spend may use now: what is available, within the limits."""
    return min([wallet.available, *(limit.left for limit in limits_of(wallet, now) if limit.left is not None)])


def reached(wallet: Wallet, tokens: int, now: datetime) -> LimitReached | None:
    """Why so many tokens may not be spent now; None where the limits let them. The limit that lasts longer counts."""
    for limit in reversed(limits_of(wallet, now)):
        if limit.left is not None and limit.left < tokens:
            return LimitReached(
                required=tokens,
                balance=wallet.balance,
                available=spendable(wallet, now),
                period=limit.period,
                limit=limit.limit or 0,
                spent=limit.spent,
                resets_at=limit.resets_at,
            )
    return None


def require_spendable(wallet: Wallet, tokens: int, now: datetime) -> None:
    """Raises LimitReached, InsufficientTokens unless the wallet may spend so many tokens now."""
    if not wallet.blocked_at and (refusal := reached(wallet, tokens, now)):
        raise refusal
    require_available(wallet, tokens)


def count(wallet: Wallet, tokens: int, at: datetime) -> None:
    """Count tokens that are spent or held now toward the limits of a locked wallet, which the caller keeps."""
    today = _day(at)
    in_day, in_month = _counted(wallet, today)
    wallet.spent_in_day, wallet.spent_in_month, wallet.spent_on = in_day + tokens, in_month + tokens, today


def count_back(wallet: Wallet, tokens: int, *, made_at: datetime) -> None:
    """Count off tokens of a hold that was made then, if they are among those that are counted now."""
    made, counted_on = _day(made_at), wallet.spent_on
    if counted_on is None:
        return
    if made == counted_on:
        wallet.spent_in_day = max(0, wallet.spent_in_day - tokens)  # a version before may not have counted it
    if made.replace(day=1) == counted_on.replace(day=1):
        wallet.spent_in_month = max(0, wallet.spent_in_month - tokens)


def _counted(wallet: Wallet, today: date) -> tuple[int, int]:
    """What counts toward the limits of that day and of its month."""
    counted_on = wallet.spent_on
    if counted_on is None or counted_on < today.replace(day=1):
        return 0, 0
    return wallet.spent_in_day if counted_on >= today else 0, wallet.spent_in_month


def _day(at: datetime) -> date:
    return at.astimezone(UTC).date()
