"""Limits: tokens per day and per month, in UTC, that customers set themselves, for all they spend and for an API key.

What counts toward them stands on the wallet, and on the caps of the key, and is raised by the spend itself, so that it
is exact however many spend at once. A hold counts when it is made, and what it gives back no longer counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from accounts.models import KeyCaps
from tokens import rows
from tokens.errors import KeyLimitReached, LimitReached
from tokens.ledger.wallet import caps_of, moment_of, require_available
from tokens.models import TokenUsage, Wallet

COUNTS = ("spent_on", "spent_in_day", "spent_in_month")


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
    return _limits(wallet, moment_of(wallet, now))


def caps_at(wallet: Wallet, now: datetime, caps: KeyCaps | None = None) -> Sequence[Limit]:
    """The same of the API key that asks, or of other caps of this customer's; none if it has none."""
    caps = caps or wallet.caps
    return _limits(caps, moment_of(wallet, now)) if caps else ()


def spendable(wallet: Wallet, now: datetime) -> int:
    """What a spend may use now: what is available, within the limits."""
    every = (*limits_of(wallet, now), *caps_at(wallet, now))
    return min([wallet.available, *(limit.left for limit in every if limit.left is not None)])


def reached(wallet: Wallet, tokens: int, now: datetime) -> LimitReached | None:
    """Why so many tokens may not be spent now; None where the limits let them.

    The customer's own limits come before the key's caps, and of each, what lasts longer counts.
    """
    kinds = ((LimitReached, limits_of(wallet, now)), (KeyLimitReached, caps_at(wallet, now)))
    for refusal, limits in kinds:
        for limit in reversed(limits):
            if limit.left is not None and limit.left < tokens:
                return refusal(
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
    """Count tokens that are held now toward the limits of a locked wallet, which the caller keeps, and of its key."""
    _count(wallet, tokens, _day(at))
    if wallet.caps:
        _count(wallet.caps, tokens, _day(at))
        rows.update(wallet.caps, *COUNTS)


def count_back(wallet: Wallet, usage: TokenUsage, tokens: int) -> None:
    """Count off tokens of a usage that come back, where they are among those that are counted now: on the day that it
    was made, and in that month. The wallet is locked, and the caller keeps it; the caps of its key are written here.
    """
    if not tokens:
        return
    made = _day(usage.created_at)
    _count_back(wallet, tokens, made)
    if usage.api_key and (caps := caps_of(usage.api_key)):
        _count_back(caps, tokens, made)
        rows.update(caps, *COUNTS)


def count_again(wallet: Wallet, caps: KeyCaps, *, in_day: int, in_month: int, now: datetime) -> None:
    """Write what counts toward caps of a locked wallet's customer."""
    caps.spent_on, caps.spent_in_day, caps.spent_in_month = day_of(wallet, now), in_day, in_month
    rows.update(caps, *COUNTS)


def day_of(wallet: Wallet, now: datetime) -> date:
    """The day of what is spent from this wallet now."""
    return _day(moment_of(wallet, now))


def _limits(counts: Wallet | KeyCaps, at: datetime) -> tuple[Limit, Limit]:
    today = _day(at)
    tomorrow, next_month = today + timedelta(days=1), (today.replace(day=1) + timedelta(days=32)).replace(day=1)
    in_day, in_month = _counted(counts, today)
    return (
        Limit("day", counts.day_limit, in_day, datetime.combine(tomorrow, time(), UTC)),
        Limit("month", counts.month_limit, in_month, datetime.combine(next_month, time(), UTC)),
    )


def _count(counts: Wallet | KeyCaps, tokens: int, today: date) -> None:
    in_day, in_month = _counted(counts, today)
    counts.spent_in_day, counts.spent_in_month, counts.spent_on = in_day + tokens, in_month + tokens, today


def _count_back(counts: Wallet | KeyCaps, tokens: int, made: date) -> None:
    counted_on = counts.spent_on
    if counted_on is None:
        return
    if made == counted_on:
        counts.spent_in_day = max(0, counts.spent_in_day - tokens)  # a version before may not have counted it
    if made.replace(day=1) == counted_on.replace(day=1):
        counts.spent_in_month = max(0, counts.spent_in_month - tokens)


def _counted(counts: Wallet | KeyCaps, today: date) -> tuple[int, int]:
    """What counts toward the limits of that day and of its month."""
    counted_on = counts.spent_on
    if counted_on is None or counted_on < today.replace(day=1):
        return 0, 0
    return counts.spent_in_day if counted_on >= today else 0, counts.spent_in_month


def _day(at: datetime) -> date:
    return at.astimezone(UTC).date()
