"""What the sweep does for memberships: orders settled, lost answers made up for, subscriptions asked about."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import Q
from django.utils import timezone

from memberships.models import Subscription
from memberships.subscriptions.checkout import follow, settle_if_possible
from memberships.subscriptions.endings import end_what_must
from memberships.subscriptions.scheduled_changes import put_back_what_was_released
from memberships.subscriptions.sync import all_of
from tokens.in_turn import in_turn
from tokens.models import Purchase
from tokens.sweep import sweeps

OVERDUE_AFTER = timedelta(minutes=10)
ASKED_AGAIN_AFTER = timedelta(hours=1)
AT_ONCE = 100


@sweeps("membership orders settled")
def settle_late_orders() -> int:
    """Ask Stripe about membership orders whose events are overdue; returns how many changed."""
    late = Purchase.objects.filter(
        type=Purchase.Type.SUBSCRIPTION,
        status=Purchase.Status.PENDING,
        stripe_checkout_session_id__isnull=False,
        created_at__lt=timezone.now() - OVERDUE_AFTER,
    )
    return sum(settle_if_possible(order).status != Purchase.Status.PENDING for order in late.order_by("?")[:AT_ONCE])


sweeps("scheduled changes restored")(put_back_what_was_released)


@sweeps("subscriptions refreshed")
def follow_stale() -> int:
    """Ask about subscriptions that should have been renewed or ended by now, and those not paid; how many answered."""
    now = timezone.now()
    is_over = Q(current_period_end__lt=now) | Q(cancel_at__lt=now)
    waits = ~Q(status__in=Subscription.ENTITLED)
    stale = Subscription.objects.live().filter(is_over | waits, fetched_at__lt=now - ASKED_AGAIN_AFTER)
    ids = stale.order_by("fetched_at").values_list("stripe_id", flat=True)[:AT_ONCE]
    return in_turn("Subscription", list(ids), _follow)


def sync_customer(user_id: int) -> int:
    """Bring one user's memberships and their invoices in line with Stripe; how many subscriptions there are.

    Raises StripeFailed.
    """
    found = all_of(user_id)
    for data in reversed(found):
        follow(data["id"])
    return len(found)


def _follow(stripe_id: str) -> bool:
    follow(stripe_id)
    return True


sweeps("subscriptions ended")(end_what_must)
