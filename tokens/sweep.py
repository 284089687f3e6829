"""Everything that is due, done once: run every minute by the worker, safe to run at any time by anyone."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from tokens import refunds
from tokens.due import apply_due_everywhere
from tokens.idempotency import forget_old_keys
from tokens.models import Purchase
from tokens.payments import checkout, inbox

# The webhook normally comes within seconds; after this long Stripe is asked instead.
WEBHOOK_IS_LATE_AFTER = timedelta(minutes=10)
AT_ONCE = 100


def sweep() -> dict[str, int]:
    """Do what is due; how much of each was done."""
    return {
        "wallets brought up to date": apply_due_everywhere(),
        "events worked": inbox.work_due(),
        "purchases settled": settle_late_purchases(),
        "refunds sent": refunds.send_unsent(),
        "old keys forgotten": forget_old_keys(timezone.now()),
    }


def settle_late_purchases() -> int:
    """Ask Stripe about purchases whose news should have come by now; how many changed."""
    late = Purchase.objects.filter(
        status__in=[Purchase.Status.PENDING, Purchase.Status.PROCESSING],
        stripe_checkout_session_id__isnull=False,
        created_at__lt=timezone.now() - WEBHOOK_IS_LATE_AFTER,
    ).order_by("?")[:AT_ONCE]
    return sum(checkout.refresh_if_possible(purchase).status != purchase.status for purchase in late)
