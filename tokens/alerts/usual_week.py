"""What a customer usually spends in a week, and the pack that lasts for one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from tokens.catalog import Package, get_catalog
from tokens.reports.usage_over_time import Asked, spent_over_time

WEEKS = 4


@dataclass(frozen=True)
class Refill:
    """A pack to go on with; `tokens` is a usual week's, 0 for who spent nothing lately. `lasts`: it covers the week."""

    package: Package
    tokens: int
    lasts: bool


def refill_of(user_id: int, now: datetime, *, debt: int) -> Refill | None:
    """The smallest pack that covers a usual week and the debt before it, else the largest; None if none is for sale."""
    packages = sorted(get_catalog().packages.values(), key=lambda package: package.tokens)
    if not packages:
        return None
    week = usual_week(user_id, now)
    package = next((package for package in packages if package.tokens >= week + debt), packages[-1])
    return Refill(package, week, package.tokens >= week + debt)


def usual_week(user_id: int, now: datetime) -> int:
    """The tokens of a week on the average of the last four, of which the first ones of a new customer don't count."""
    asked = Asked(since=now - timedelta(weeks=WEEKS))
    days = spent_over_time(user_id, asked, ("day",))
    if not days:
        return 0
    first = datetime.fromisoformat(days[0].by[0]).date()
    weeks = max(1, -(-((now.date() - first).days + 1) // 7))
    return -(-sum(day.tokens for day in days) // min(WEEKS, weeks))
