"""What comes when the month that is paid for ends: another plan, or the end. A change that fails leaves it as it was.

Stripe takes a change only once what was planned is released. So that is written down first: whatever is lost then, an
answer or the process, the sweep plans it again.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings

from memberships import plans
from memberships.models import Subscription
from memberships.models.plan import FREE
from memberships.subscriptions import sync
from memberships.subscriptions.items import has_others
from tokens.errors import TokenError
from tokens.idempotency import alone
from tokens.in_turn import in_turn
from tokens.ledger.wallet import lock_wallet
from tokens.stripe_api import billing, deadline, schedules
from tokens.transactions import money_transaction

log = logging.getLogger(__name__)

# What one user does to a membership is one act, whichever it is: only one at a time asks Stripe.
MEMBERSHIP = "membership"
AT_ONCE = 100


@contextmanager
def kept_unless_changed(row: Subscription, *, to: str) -> Iterator[None]:
    """Change to the plan with this key inside: if that fails, what was planned before is planned again.

    At once where Stripe answers, by the sweep where it does not; what failed first is raised either way.
    """
    planned = FREE if row.cancel_at else row.next_plan_id or row.released_plan_id
    if planned:
        _note(row, released=planned, wanted=to)
    try:
        yield
    except TokenError:
        _put_back_if_possible(row)
        raise
    if planned:
        forget(row)


def change_later(row: Subscription, price_id: str) -> None:
    """Let the plan with this price come with the next month. Raises StripeFailed."""
    schedules.schedule_item(billing.retrieve_subscription(row.stripe_id), row.item_id, price_id=price_id)


def end_later(row: Subscription) -> None:
    """Let the plan end with the month; the other products of the subscription continue. Raises StripeFailed."""
    release(row)
    data = billing.retrieve_subscription(row.stripe_id)
    if has_others(data, row):
        schedules.schedule_item(data, row.item_id, price_id=None)
    else:
        billing.update_subscription(row.stripe_id, {"cancel_at_period_end": True})


def release(row: Subscription) -> None:
    """Take back what a schedule would change. Raises StripeFailed."""
    if row.schedule_id:
        schedules.release_schedule(row.schedule_id)
        sync.sync(row.stripe_id)


def forget(row: Subscription) -> None:
    """Nothing is to be planned again: what was wanted instead has been made."""
    _note(row, released=None, wanted=None)


def put_back_what_was_released() -> int:
    """Plan again what changes released that were never made, or whose answer was lost; how many are settled."""
    rows = Subscription.objects.exclude(released_plan=None).order_by("fetched_at")[:AT_ONCE]
    return in_turn("Released change of a subscription", rows, _put_back_alone)


def _put_back_alone(row: Subscription) -> bool:
    # Within the time that a request may take: as long holds what keeps the others out.
    with alone(row.user_id, MEMBERSHIP), deadline.within(settings.STRIPE_DEADLINE_SECONDS):
        _put_back(row)
    return True


def _put_back_if_possible(row: Subscription) -> None:
    try:
        _put_back(row)
    except TokenError as error:
        log.warning("Subscription %s is looked at again by the next sweep: %s", row.stripe_id, error)


def _put_back(row: Subscription) -> None:
    """See what became of a change, and plan again what it released if it was not made. Every step may be repeated."""
    sync.sync(row.stripe_id)
    row = Subscription.objects.select_related("plan", "released_plan").get(pk=row.pk)
    if row.released_plan is None:
        return
    if not _is_settled(row):
        if row.released_plan.pk == FREE:
            end_later(row)
        else:
            change_later(row, plans.stripe_price(row.released_plan))
        sync.sync(row.stripe_id)
    forget(row)


def _is_settled(row: Subscription) -> bool:
    """Whether the change was made, or something is planned: the same, or what was chosen since."""
    is_made = row.plan_id == row.wanted_plan_id
    return not row.is_billed or is_made or bool(row.cancel_at or row.next_plan_id)


@money_transaction
def _note(row: Subscription, *, released: str | None, wanted: str | None) -> None:
    lock_wallet(row.user_id)  # under which events about it write the whole row
    Subscription.objects.filter(pk=row.pk).update(released_plan=released, wanted_plan=wanted)
