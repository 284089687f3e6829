"""How fast API clients may spend: so many calls a minute with a burst, counted on the wallet that is locked anyway.

The count is one moment, until when the calls so far have used the rate up (the generic cell rate algorithm, as in
ATM networks), so it is exact for any number of web processes and costs no statement of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

from django.conf import settings

from tokens.errors import TooManySpends
from tokens.models import Wallet


@dataclass(frozen=True)
class Rate:
    """`takes` is what one call uses up; one is let through while no more than `ahead` is used up already."""

    takes: timedelta
    ahead: timedelta


def api_rate() -> Rate:
    """The rate of spends by API, as `API_REQUESTS_PER_MINUTE` and `API_BURST` say."""
    return _rate(settings.API_REQUESTS_PER_MINUTE, settings.API_BURST)


def count_call(wallet: Wallet, rate: Rate, now: datetime) -> None:
    """Count one call in a locked wallet, whose next movement keeps the count. Raises TooManySpends."""
    until = wallet.calls_until or now
    if until > now + rate.ahead + rate.takes:
        until = now  # no clock like this one can have written that: one that is ahead has
    if until > now + rate.ahead:
        raise TooManySpends(wait_seconds=(until - now - rate.ahead).total_seconds())
    wallet.calls_until = max(until, now) + rate.takes


@lru_cache(maxsize=4)
def _rate(per_minute: int, burst: int) -> Rate:
    takes = timedelta(minutes=1) / per_minute
    return Rate(takes, takes * (burst - 1))
