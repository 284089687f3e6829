"""Billing periods: the boundaries that follow from an anchor, such as the 31st of each month, or its last day."""

import calendar
import datetime as dt

from stripe_sandbox.objects import Body


def end_after(anchor: int, recurring: Body, moment: int) -> int:
    """The first boundary after `moment` (unix seconds). Counted from the anchor, so that a February forgets no 31st."""
    number = 1
    while (boundary := _boundary(anchor, recurring, number)) <= moment:
        number += 1
    return boundary


def later(moment: int, interval: str, count: int) -> int:
    """`moment` (Unix seconds) plus `count` intervals: day, week, month or year."""
    start = dt.datetime.fromtimestamp(moment, tz=dt.UTC)
    if interval in ("day", "week"):
        return int((start + dt.timedelta(days=count * (7 if interval == "week" else 1))).timestamp())
    months = start.month - 1 + count * (12 if interval == "year" else 1)
    year, month = start.year + months // 12, months % 12 + 1
    day = min(start.day, calendar.monthrange(year, month)[1])
    return int(start.replace(year=year, month=month, day=day).timestamp())


def _boundary(anchor: int, recurring: Body, number: int) -> int:
    return later(anchor, recurring["interval"], number * recurring["interval_count"])


def in_words(recurring: Body) -> str:
    """An interval for people: per month, every 3 months."""
    count, interval = recurring["interval_count"], recurring["interval"]
    return f"per {interval}" if count == 1 else f"every {count} {interval}s"
