"""A user's membership at this moment: the subscription, a complimentary plan, or Free, whichever covers most."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from django.conf import settings
from django.db.models import FilteredRelation, Model, Q
from django.utils import timezone

from memberships.models import Gift, Membership, Plan, Subscription
from memberships.models.plan import FREE


@dataclass(frozen=True)
class CurrentMembership:
    """`plan` is the effective plan; `subscribed` is billed, and may cover less or be long unpaid."""

    user_id: int
    plan: Plan
    subscribed: Plan
    free_limit: int
    status: str
    subscription: Subscription | None = None
    gift_until: datetime | None = None
    payment_order: str = Membership.PaymentOrder.TOKENS_FIRST

    @property
    def tier(self) -> str:
        return self.plan.key

    @property
    def domains_limit(self) -> int | None:
        """None: any number."""
        return self.plan.domain_limit

    @property
    def is_billed(self) -> bool:
        """Whether Stripe bills a subscription now, or tries to."""
        return self.status in Subscription.BILLED and self.subscribed.key != FREE

    @property
    def current_period_end(self) -> datetime | None:
        return self.subscription.current_period_end if self.subscription and self.is_billed else None

    @property
    def is_by_a_moved_clock(self) -> bool:
        """Whether its dates are the sandbox's, whose clock has been moved: at Stripe no paid month begins after now."""
        row = self.subscription
        return settings.STRIPE_SANDBOX and row is not None and row.current_period_start > timezone.now()

    @property
    def cancel_at(self) -> datetime | None:
        return self.subscription.cancel_at if self.subscription and self.is_billed else None

    @property
    def cancel_at_period_end(self) -> bool:
        return self.cancel_at is not None

    @property
    def next_plan(self) -> Plan | None:
        return self.subscription.next_plan if self.subscription and self.is_billed else None

    @property
    def grace_until(self) -> datetime | None:
        return self.subscription.grace_until if self.subscription else None


def get_membership(user_id: int) -> CurrentMembership:
    """The user's membership now, in one statement; someone without a row is on Free."""
    mine = FilteredRelation("memberships", condition=Q(memberships__user=user_id))
    names = [f"{path}{field.attname}" for path, model in READ.items() for field in model._meta.concrete_fields]
    plans: dict[str, Plan] = {}
    membership: Membership | None = None
    for values in Plan.objects.annotate(mine=mine).values_list(*names):
        plan, row, subscription, gift = _rows(iter(values))
        plans[plan.key] = plan
        if row:
            membership = row
            membership.subscription, membership.gift = subscription, gift
    return _current(user_id, membership, plans, timezone.now())


# What is read, by where it is seen from a plan.
READ: dict[str, type[Model]] = {
    "": Plan,
    "mine__": Membership,
    "mine__subscription__": Subscription,
    "mine__gift__": Gift,
}


def _rows(values: Iterator[Any]) -> list[Any]:
    """A row of each, or None where the key of one is empty."""
    found = []
    for model in READ.values():
        mine = list(islice(values, len(model._meta.concrete_fields)))
        found.append(model(*mine) if mine[0] is not None else None)
    return found


def _current(user_id: int, row: Membership | None, plans: dict[str, Plan], now: datetime) -> CurrentMembership:
    free = plans[FREE]
    if row is None:
        return CurrentMembership(user_id, free, free, free.domain_limit or 0, "active")
    subscribed, subscription, gift = plans[str(row.tier_id)], row.subscription, row.gift
    if subscription:
        subscription.plan = plans[subscription.plan_id]
        subscription.next_plan = plans.get(subscription.next_plan_id or "")
    has_gift = gift is not None and now < gift.until
    counting = [free]
    if subscription_counts(row, now):
        counting.append(subscribed)
    if gift and has_gift:
        counting.append(plans[gift.plan_id])
    return CurrentMembership(
        user_id=user_id,
        plan=max(counting, key=Plan.weight),
        subscribed=subscribed,
        free_limit=free.domain_limit or 0,
        status=row.status,
        subscription=subscription,
        gift_until=gift.until if gift and has_gift else None,
        payment_order=row.payment_order,
    )


def subscription_counts(row: Membership, now: datetime) -> bool:
    """Whether what was subscribed to counts: paid, or unpaid for a short while. It ends when Stripe says so."""
    if row.status == "past_due":
        until = row.subscription.grace_until if row.subscription else None
        return until is not None and now < until
    return row.status in Subscription.ENTITLED
