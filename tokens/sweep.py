"""Everything that is due, done once: run every minute by the worker, safe to run at any time by anyone.

One thing that goes wrong is logged and stops nothing else.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import timedelta
from functools import partial

from django.db.models import Q
from django.utils import timezone

from tokens import outbox, refunds
from tokens.due import apply_due_everywhere
from tokens.idempotency import forget_old_keys
from tokens.models import Purchase
from tokens.payments import checkout, inbox
from tokens.payments.reconcile import reconcile_hourly
from tokens.purchases import expire_forgotten

log = logging.getLogger(__name__)

# The webhook normally comes within seconds; after this long Stripe is asked instead.
WEBHOOK_IS_LATE_AFTER = timedelta(minutes=10)
# A page is open for a day at most; money paid on one that is closed here is looked for a little longer.
MONEY_MAY_COME_FOR = timedelta(hours=26)
AT_ONCE = 100

STEPS: dict[str, Callable[[], int]] = {
    "wallets brought up to date": apply_due_everywhere,
    "events worked": inbox.work_due,
    "purchases settled": lambda: settle_late_purchases(),
    "forgotten orders closed": expire_forgotten,
    "refunds sent": refunds.send_unsent,
    "letters sent": outbox.send_due,
    "differences with Stripe repaired": reconcile_hourly,
    "old keys forgotten": lambda: forget_old_keys(timezone.now()),
}


def sweep() -> dict[str, int]:
    """Do what is due; how much of each was done."""
    return {what: _attempt(what, step) for what, step in STEPS.items()}


def settle_late_purchases() -> int:
    """Ask Stripe about purchases whose news should have come by now; how many changed."""
    now = timezone.now()
    unsettled = Q(status__in=[Purchase.Status.PENDING, Purchase.Status.PROCESSING])
    closed = Q(status__in=[Purchase.Status.FAILED, Purchase.Status.EXPIRED], created_at__gt=now - MONEY_MAY_COME_FOR)
    late = Purchase.objects.of_tokens().filter(
        unsettled | closed, stripe_checkout_session_id__isnull=False, created_at__lt=now - WEBHOOK_IS_LATE_AFTER
    )
    some = late.order_by("?")[:AT_ONCE]
    return sum(_attempt(f"settling purchase {purchase.pk}", partial(_settle, purchase)) for purchase in some)


def _settle(purchase: Purchase) -> int:
    return int(checkout.refresh_if_possible(purchase).status != purchase.status)


def _attempt(what: str, step: Callable[[], int]) -> int:
    try:
        return step()
    except Exception:
        log.exception("The sweep could not finish: %s", what)
        return 0
