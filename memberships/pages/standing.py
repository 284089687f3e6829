"""Where a member stands, as the pages say it."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils import timezone

from memberships.current import CurrentMembership, get_membership
from memberships.domain_count import domains_used
from memberships.models import Subscription


@dataclass(frozen=True)
class Standing:
    """`state` is free, gift (complimentary), paid, ending, changing, unpaid (still active) or stopped (no longer)."""

    membership: CurrentMembership
    used: int

    @property
    def subscription(self) -> Subscription | None:
        return self.membership.subscription

    @property
    def state(self) -> str:
        membership = self.membership
        if not membership.is_billed:
            return "gift" if membership.gift_until else "free"
        if membership.status in Subscription.ENTITLED:
            return "ending" if membership.cancel_at else "changing" if membership.next_plan else "paid"
        goes_on = membership.grace_until is not None and timezone.now() < membership.grace_until
        return "unpaid" if goes_on else "stopped"

    @property
    def is_over_the_limit(self) -> bool:
        return not self.membership.plan.covers(self.used)


def standing_of(user_id: int) -> Standing:
    """One statement, and what counting the domains takes."""
    return Standing(get_membership(user_id), domains_used(user_id))
