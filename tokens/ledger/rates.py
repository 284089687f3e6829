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

    def with_call(self, until: datetime | None, now: datetime) -> datetime | None:
        """Until when the rate is used up with one more call; None when it is used up already."""
        if until is None or until > now + self.ahead + self.takes:
            until = now  # no clock like this one can have written a later time: one that is ahead has
        return None if until > now + self.ahead else max(until, now) + self.takes


def api_rate() -> Rate:
    """The rate of spends by API, as `API_REQUESTS_PER_MINUTE` and `API_BURST` say."""
    return _rate(settings.API_REQUESTS_PER_MINUTE, settings.API_BURST)


def count_call(wallet: Wallet, rate: Rate, now: datetime) -> None:
    """Count one call in a locked wallet, whose next movement keeps the count. Raises TooManySpends."""
    until = rate.with_call(wallet.calls_until, now)
    if until is None:
        used_until = wallet.calls_until or now
        raise TooManySpends(wait_seconds=(used_until - now - rate.ahead).total_seconds())
    wallet.calls_until = until


@lru_cache(maxsize=4)
def _rate(per_minute: int, burst: int) -> Rate:
    takes = timedelta(minutes=1) / per_minute
    return Rate(takes, takes * (burst - 1))
