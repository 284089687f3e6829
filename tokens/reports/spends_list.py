"""One customer's spends, the newest first: of a period, of one action or API key. A page costs the same in any history.

There is no index by action or key, which each spend would have to write. Which days have any, the daily totals say.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import cache, partial

from tokens.catalog import get_catalog
from tokens.errors import UnknownAction
from tokens.ledger.numbers import number_before
from tokens.ledger.wallet import read_wallet
from tokens.models import DailyTotal, TokenUsage, UsageTotal
from tokens.models.usage import TokenUsageQuerySet
from tokens.reports.usage_over_time import Asked

NEWEST = 5000  # usages that are looked through at once


def require_known(user_id: int, action: str) -> None:
    """Raises UnknownAction unless the action has a price, or had one when this customer spent on it."""
    known = get_catalog().costs
    if action not in known and not UsageTotal.objects.filter(user=user_id, action=action).exists():
        raise UnknownAction(action, list(known))


def spends_in(user_id: int, asked: Asked) -> TokenUsageQuerySet:
    """The spends and captured holds that began in a period, of one action or key, or of all."""
    found = TokenUsage.objects.for_user(user_id).spent()
    if asked.since:
        found = found.filter(number__gt=number_before(user_id, asked.since))
    if asked.until:
        found = found.filter(number__lte=number_before(user_id, asked.until))
    if asked.action:
        found = found.filter(action=asked.action)
    if asked.key is not None:
        found = found.filter(api_key=asked.key) if asked.key else found.filter(api_key=None)
    return found


def page_of_spends(user_id: int, asked: Asked, *, before: int | None, limit: int) -> TokenUsageQuerySet:
    """The first of these spends below a number, at least so many if there are: for a page, which cuts them itself."""
    found = spends_in(user_id, asked)
    if before is not None:
        found = found.filter(number__lt=before)
    if not asked.action and asked.key is None:
        return found
    top = None if before is None else before - 1
    numbers = _numbers(found.holds(), limit) + _plain_numbers(user_id, asked, found.spent_at_once(), limit, top)
    return TokenUsage.objects.for_user(user_id).filter(number__in=sorted(numbers, reverse=True)[:limit])


def _plain_numbers(user_id: int, asked: Asked, found: TokenUsageQuerySet, limit: int, top: int | None) -> list[int]:
    """The highest numbers of plain spends: among the newest, posted or not, and then on the days that have any."""
    wallet, first_of = read_wallet(user_id), cache(partial(number_before, user_id))
    last = min(wallet.last_number if top is None else top, first_of(asked.until) if asked.until else wallet.last_number)
    floor = min(wallet.posted_number, last - NEWEST)
    numbers = _numbers(found.filter(number__gt=floor), limit)
    if floor <= 0:
        return numbers
    for day in _days(user_id, asked):
        if len(numbers) >= limit:
            break
        start, end = first_of(_midnight(day)), first_of(_midnight(day + timedelta(days=1)))
        numbers += _numbers(found.filter(number__gt=start, number__lte=min(end, floor)), limit - len(numbers))
    return numbers


def _days(user_id: int, asked: Asked) -> Iterator[date]:
    """The days on which something of it was spent, the newest first."""
    totals = DailyTotal.objects.filter(user=user_id)
    if asked.since:
        totals = totals.filter(day__gte=asked.since.astimezone(UTC).date())
    if asked.until:
        totals = totals.filter(day__lte=asked.until.astimezone(UTC).date())
    if asked.action:
        totals = totals.filter(action=asked.action)
    if asked.key is not None:
        totals = totals.filter(api_key=asked.key)
    return iter(totals.order_by("-day").values_list("day", flat=True).distinct())


def _numbers(found: TokenUsageQuerySet, limit: int) -> list[int]:
    return list(found.order_by("-number").values_list("number", flat=True)[:limit])


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
