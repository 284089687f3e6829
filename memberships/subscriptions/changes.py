"""Changing, cancelling and resuming a paid membership: Stripe is asked, and what it answers is taken over.

While one of these waits for Stripe, any other of the same user raises CallUnderWay.
"""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import AbstractBaseUser

from memberships import plans
from memberships.errors import NotSubscribed, PaymentNeeded
from memberships.models import Plan, Subscription
from memberships.models.plan import FREE
from memberships.subscriptions import scheduled_changes, sync
from memberships.subscriptions.checkout import follow
from memberships.subscriptions.scheduled_changes import MEMBERSHIP
from tokens.errors import StripeBusy, StripeUnreachable
from tokens.idempotency import alone, one_at_a_time
from tokens.models import Purchase
from tokens.purchases.own_terms import forbid_own_terms
from tokens.staff.acts import forbid_self
from tokens.stripe_api import billing

# An upgrade whose answer was lost may have been made, and paid.
MAY_HAVE_CHANGED = (
    "Stripe isn't answering. Check your membership in a moment: if nothing has changed, nothing was charged and "
    "you can try again."
)


@one_at_a_time(MEMBERSHIP)
def change(user_id: int, plan_key: str) -> None:
    """Change to another plan: upwards at once and prorated, downwards when the month that is paid for ends.

    To Free is to cancel at the end of the month; to the present plan is to keep it. Raises UnknownPlan, NotSubscribed,
    OwnTerms, StripeFailed; PaymentNeeded, after which the old plan continues.
    """
    plan = None if plan_key == FREE else plans.paid_plan(plan_key)
    row = _subscription_of(user_id)
    if plan is None:
        _cancel(row)
    elif plan.pk == row.plan_id:
        _resume(row)
    else:
        forbid_own_terms(user_id, Purchase.Type.SUBSCRIPTION, plan.key)
        _change(row, plan)


def _change(row: Subscription, plan: Plan) -> None:
    price_id = plans.stripe_price(plan)
    with scheduled_changes.kept_unless_changed(row, to=plan.pk):
        _go_on(row)
        if is_upgrade(row, plan):
            _upgrade(row, price_id)
        else:
            scheduled_changes.change_later(row, price_id)
            follow(row.stripe_id)


def is_upgrade(row: Subscription, plan: Plan) -> bool:
    """Whether `plan` covers more than the present one, so that it starts at once; between equals the dearer does."""
    if plan.domain_limit == row.plan.domain_limit:
        return plan.price_cents > row.amount_cents
    return not row.plan.covers(plan.domain_limit) if plan.domain_limit is not None else True


@one_at_a_time(MEMBERSHIP)
def cancel(user_id: int) -> None:
    """Let the membership end with the month that is paid for. Raises NotSubscribed, StripeFailed."""
    _cancel(_subscription_of(user_id))


def _cancel(row: Subscription) -> None:
    if not row.cancel_at:
        with scheduled_changes.kept_unless_changed(row, to=FREE):
            scheduled_changes.end_later(row)
            sync.sync(row.stripe_id)


@one_at_a_time(MEMBERSHIP)
def resume(user_id: int) -> None:
    """Take back a cancellation, or a change that has not come yet. Raises NotSubscribed, StripeFailed."""
    _resume(_subscription_of(user_id))


def _resume(row: Subscription) -> None:
    _go_on(row)
    if row.released_plan_id:
        scheduled_changes.forget(row)


@one_at_a_time(MEMBERSHIP)
def cancel_now(user_id: int, *, by: AbstractBaseUser | None = None) -> None:
    """End the membership at once; nothing is refunded by itself. `by` is the member of staff.

    Raises NotSubscribed, StripeFailed, ActOnSelf.
    """
    forbid_self(by, user_id)
    row = _subscription_of(user_id)
    with scheduled_changes.kept_unless_changed(row, to=FREE):
        sync.end(row)


def move_to_present_price(row: Subscription, *, by: AbstractBaseUser | None = None) -> None:
    """Migrate a subscription to its plan's current price, from its next month on. `by` is the member of staff.

    Raises StripeFailed, ActOnSelf.
    """
    forbid_self(by, row.user_id)
    with alone(row.user_id, MEMBERSHIP):
        sync.sync(row.stripe_id)
        row.refresh_from_db()
        item = {"id": row.item_id, "price": plans.stripe_price(row.plan)}
        _update(row, {"items": [item], "proration_behavior": "none"})


def upgrade_cost_cents(row: Subscription, plan: Plan) -> int | None:
    """What upgrading to a plan would cost now, in the smallest unit. Nothing changes, here or at Stripe.

    None while the plan's price is not at Stripe yet: it is created there when it is first needed. Raises StripeFailed.
    """
    price_id = plans.known_stripe_price(plan)
    if price_id is None:
        return None
    return int(billing.preview_change(row.stripe_id, row.item_id, price_id=price_id)["amount_due"])


def _subscription_of(user_id: int) -> Subscription:
    """The user's subscription as Stripe has it now: nothing is decided on what may be old."""
    row = _billed(user_id)
    if row:
        sync.sync(row.stripe_id)
    else:  # the event about the first one may be late
        sync.sync_user(user_id)
    row = _billed(user_id)
    if row is None:
        raise NotSubscribed("You don't have a paid membership. Choose a plan first.")
    return row


def _billed(user_id: int) -> Subscription | None:
    return Subscription.objects.staying(user_id).billed().select_related("plan", "next_plan").first()


def _upgrade(row: Subscription, price_id: str) -> None:
    params = {
        "items": [{"id": row.item_id, "price": price_id}],
        "proration_behavior": "always_invoice",
        "payment_behavior": "pending_if_incomplete",
    }
    try:
        data = billing.update_subscription(row.stripe_id, params)
    except StripeBusy:  # not even sent
        raise
    except StripeUnreachable as error:
        raise StripeUnreachable(MAY_HAVE_CHANGED) from error
    if data["pending_update"]:
        raise PaymentNeeded((data["latest_invoice"] or {}).get("hosted_invoice_url") or "")
    try:
        follow(row.stripe_id)
    except StripeUnreachable as error:  # too busy, too: by now it has been paid
        raise StripeUnreachable(MAY_HAVE_CHANGED) from error


def _go_on(row: Subscription) -> None:
    scheduled_changes.release(row)
    if row.cancel_at:
        data = billing.retrieve_subscription(row.stripe_id)
        if data["cancel_at_period_end"]:
            _update(row, {"cancel_at_period_end": False})
        elif data["cancel_at"]:  # what the Billing Portal sets instead of the flag
            _update(row, {"cancel_at": ""})


def _update(row: Subscription, params: dict[str, Any]) -> None:
    billing.update_subscription(row.stripe_id, params)
    sync.sync(row.stripe_id)  # asked after the change: no answer to an earlier question can hide it
