"""What automatic top-up has cost in a month, and when the next one begins."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

from django.db.models import Q, Sum
from django.db.models.functions import Coalesce

from tokens.models import AutoTopUp, TopUp
from tokens.models.top_up import month_of


def cost_cents(user_id: int, currency: str, at: datetime, *, but: TopUp | None = None) -> int:
    """What counts toward the limit of the month: what was paid in it, refunded or not, and what is under way.

    A top-up of last month that is still open counts, since it would be charged in this one. So does whatever is later
    than this month: a clock that was ahead for a while must not give the month's limit a second time.
    """
    mine = TopUp.objects.filter(user=user_id, purchase__currency=currency).exclude(pk=but.pk if but else 0)
    counting = Q(status__in=TopUp.OPEN) | Q(purchase__completed_at__gte=_begin(at))
    cents = Coalesce("purchase__paid_cents", "purchase__amount_cents")
    return int(mine.filter(counting).aggregate(sum=Sum(cents, default=0))["sum"])


def fits(auto: AutoTopUp, price_cents: int, at: datetime, *, but: TopUp | None = None) -> bool:
    """Whether so much more stays within the month's limit."""
    return cost_cents(auto.pk, auto.currency, at, but=but) + price_cents <= auto.monthly_limit_cents


def next_month(at: datetime) -> datetime:
    """When the limit begins anew."""
    return _begin(_begin(at) + timedelta(days=32))


def _begin(at: datetime) -> datetime:
    return datetime.combine(month_of(at), time(), UTC)
