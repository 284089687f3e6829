"""Everything that is due, done once: run every minute by the worker, safe to run at any time by anyone.

One thing that goes wrong is logged and stops nothing else.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from datetime import timedelta

from django.utils import timezone

from accounts.hooks import NamedHook
from accounts.limits.counting import forget_used
from accounts.limits.shared_cache import forget_expired
from tokens import heartbeat, jobs, retention
from tokens.alerts import expiring
from tokens.emails import api_keys, outbox
from tokens.idempotency import forget_old_keys
from tokens.in_turn import in_turn
from tokens.ledger.due import apply_due_everywhere
from tokens.models import Purchase
from tokens.purchases import checkout, credit_notes, refunds
from tokens.purchases.lifecycle import expire_forgotten
from tokens.reconciliation.run import reconcile_hourly
from tokens.reports.closed_hours import close_hours
from tokens.stripe_api.customers import tell_new_addresses
from tokens.webhooks import inbox

log = logging.getLogger(__name__)

# The webhook normally comes within seconds; after this long Stripe is asked instead.
WEBHOOK_IS_LATE_AFTER = timedelta(minutes=10)
AT_ONCE = 100

# What the sweep does, and says how much of it was done. The shop's own steps come first, in this order.
sweeps: NamedHook[Callable[[], int]] = NamedHook()
sweeps("wallets brought up to date")(apply_due_everywhere)
sweeps("customers told of expiring tokens")(expiring.warn_of_expiring)
sweeps("customers told of expiring API keys")(api_keys.warn_of_expiring)
sweeps("events processed")(inbox.work_due)
sweeps("purchases settled")(lambda: settle_late_purchases())
sweeps("abandoned orders closed")(expire_forgotten)
sweeps("refunds sent")(refunds.send_unsent)
sweeps("credit notes made")(credit_notes.make_missing)
sweeps("emails sent")(outbox.send_due)
sweeps("new email addresses sent to Stripe")(tell_new_addresses)
sweeps("differences with Stripe fixed")(reconcile_hourly)
sweeps("hours closed")(close_hours)
sweeps("old idempotency keys deleted")(lambda: forget_old_keys(timezone.now()))
sweeps("expired limits deleted")(lambda: forget_expired(timezone.now()) + forget_used(time.time()))
sweeps("expired sessions deleted")(retention.delete_sessions)
sweeps("old payloads of events deleted")(retention.forget_payloads)
sweeps("old texts of emails deleted")(retention.forget_texts)


def sweep() -> dict[str, int]:
    """Do what is due; how much of each was done. When this process is asked to end, the rest is left to the next."""
    done: dict[str, int] = {}
    for what, step in sweeps.functions.items():
        if jobs.stopping.is_set():
            return done
        done[what] = _attempt(what, step)
    heartbeat.beat(heartbeat.SWEEP)
    return done


def settle_late_purchases() -> int:
    """Ask Stripe about purchases whose events are overdue; returns how many changed.

    What is closed here and paid there is left to reconciliation.
    """
    late = Purchase.objects.of_tokens().filter(
        status__in=[Purchase.Status.PENDING, Purchase.Status.PROCESSING],
        stripe_checkout_session_id__isnull=False,
        created_at__lt=timezone.now() - WEBHOOK_IS_LATE_AFTER,
    )
    some = late.order_by("?")[:AT_ONCE]
    return in_turn("Late purchase", some, lambda purchase: checkout.refresh(purchase).status != purchase.status)


def _attempt(what: str, step: Callable[[], int]) -> int:
    try:
        with jobs.piece():
            return step()
    except Exception:
        log.exception("The sweep could not finish: %s", what)
        return 0
