"""A user's membership at this moment: the subscription, a complimentary plan, or Free, whichever covers most."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import FilteredRelation, Q
from django.utils import timezone

from memberships.models import Membership, Plan
from memberships.models.plan import FREE
from memberships.models.subscription import Subscription


@dataclass(frozen=True)
class CurrentMembership:
    """`plan` is the effective plan; `subscribed` is billed, and may cover less or be long unpaid."""

    user_id: int
    plan: Plan
    subscribed: Plan
    free_limit: int
    status: str
    current_period_end: datetime | None = None
    cancel_at: datetime | None = None
    grace_until: datetime | None = None
    next_plan: Plan | None = None
    gift_until: datetime | None = None
    payment_order: str = Membership.PaymentOrder.TOKENS_FIRST
    stripe_subscription_id: str = ""

    @property
    def tier(self) -> str:
        return self.plan.key

    @property
    def domains_limit(self) -> int | None:
        """None: any number."""
        return self.plan.domain_limit

    @property
    def cancel_at_period_end(self) -> bool:
        return self.cancel_at is not None

    @property
    def is_billed(self) -> bool:
        """Whether Stripe bills a subscription now, or tries to."""
        return self.status in Subscription.BILLED and self.subscribed.key != FREE


def get_membership(user_id: int) -> CurrentMembership:
    """The user's membership now, in one statement; someone without a row is on Free."""
    mine = FilteredRelation("memberships", condition=Q(memberships__user=user_id))
    fields = [field.attname for field in Membership._meta.concrete_fields]
    rows = Plan.objects.annotate(mine=mine).values_list(*PLAN_FIELDS, *(f"mine__{field}" for field in fields))
    plans: dict[str, Plan] = {}
    membership: Membership | None = None
    for row in rows:
        plan = Plan(*row[: len(PLAN_FIELDS)])
        plans[plan.key] = plan
        if row[len(PLAN_FIELDS)] is not None:
            membership = Membership(*row[len(PLAN_FIELDS) :])
    return _current(user_id, membership, plans, timezone.now())


PLAN_FIELDS = [field.attname for field in Plan._meta.concrete_fields]


def _current(user_id: int, row: Membership | None, plans: dict[str, Plan], now: datetime) -> CurrentMembership:
    free = plans[FREE]
    if row is None:
        return CurrentMembership(user_id, free, free, free.domain_limit or 0, "active")
    counting = [free]
    if subscription_counts(row, now):
        counting.append(plans[str(row.tier_id)])
    has_gift = bool(row.gift_tier_id and row.gift_until and now < row.gift_until)
    if has_gift:
        counting.append(plans[str(row.gift_tier_id)])
    return CurrentMembership(
        user_id=user_id,
        plan=max(counting, key=_carries_most),
        subscribed=plans[str(row.tier_id)],
        free_limit=free.domain_limit or 0,
        status=row.status,
        current_period_end=row.current_period_end,
        cancel_at=row.cancel_at,
        grace_until=row.grace_until,
        next_plan=plans.get(row.next_tier_id or ""),
        gift_until=row.gift_until if has_gift else None,
        payment_order=row.payment_order,
        stripe_subscription_id=row.stripe_subscription_id,
    )


def subscription_counts(row: Membership, now: datetime) -> bool:
    """Whether what was subscribed to counts: paid, or unpaid for a short while. It ends when Stripe says so."""
    if row.status == "past_due":
        return row.grace_until is not None and now < row.grace_until
    return row.status in Subscription.ENTITLED


def _carries_most(plan: Plan) -> tuple[bool, int, int]:
    return plan.domain_limit is None, plan.domain_limit or 0, plan.price_cents
