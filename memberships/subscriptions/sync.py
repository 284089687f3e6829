"""Subscriptions as Stripe has them: always what it says now, noted under the user's lock.

Events only say that something changed. What changed is asked for before a transaction opens, and an answer to an
earlier question never overwrites one to a later question; so events that are late, doubled or shuffled end the same.
"""

from __future__ import annotations

import logging
from datetime import datetime
from typing import Any

from django.utils import timezone

from memberships import emails
from memberships.models import Membership, Plan, Subscription
from memberships.models.plan import FREE
from memberships.subscriptions.items import PlanItem, has_others, moment, plan_item
from tokens.ledger.wallet import lock_wallet
from tokens.models import Purchase, StripeCustomer
from tokens.stripe_api import billing, schedules
from tokens.stripe_api.customers import unless_deleted
from tokens.stripe_api.pointers import id_in, pointer_on
from tokens.transactions import money_transaction

log = logging.getLogger(__name__)

# The status stored for a subscription that continues without the plan.
PLAN_IS_GONE = "canceled"


def sync(stripe_id: str) -> Subscription | None:
    """Ask Stripe about a subscription and take over what it says; None: it is not this shop's. Raises StripeFailed."""
    asked_at = timezone.now()
    return record_subscription(billing.retrieve_subscription(stripe_id), asked_at=asked_at)


def sync_user(user_id: int) -> None:
    """Take over every subscription that a user has or had at Stripe. Raises StripeFailed."""
    asked_at = timezone.now()
    for data in all_of(user_id):
        record_subscription(data, asked_at=asked_at)


def all_of(user_id: int) -> list[dict[str, Any]]:
    """Every subscription that a user has or had at Stripe (plain data), newest first. Raises StripeFailed.

    Those of a Customer that was deleted there are found by their own ids only.
    """
    customers = StripeCustomer.objects.filter(user_id=user_id).exclude(stripe_id=None)
    customer_id = customers.values_list("stripe_id", flat=True).first()
    listed = unless_deleted(customer_id, lambda: billing.list_subscriptions(customer_id)) if customer_id else None
    listed = listed or []
    ids = [data["id"] for data in listed]
    others = Subscription.objects.filter(user_id=user_id).live().exclude(stripe_id__in=ids).order_by("-started_at")
    return [*listed, *(billing.retrieve_subscription(row.stripe_id) for row in others)]


def end(row: Subscription) -> None:
    """End the plan at Stripe now; nothing is refunded automatically, and other products beside it continue.

    Raises StripeFailed.
    """
    data = billing.retrieve_subscription(row.stripe_id)
    if has_others(data, row):
        if data["schedule"]:  # its next phase would bring the plan back
            schedules.release_schedule(data["schedule"]["id"])
        billing.remove_item(row.stripe_id, row.item_id)
    else:
        billing.cancel_subscription(row.stripe_id)
    sync(row.stripe_id)


@money_transaction
def record_subscription(data: dict[str, Any], *, asked_at: datetime) -> Subscription | None:
    """Take over a subscription (plain data, latest invoice and schedule in whole) as Stripe had it at `asked_at`."""
    known = Subscription.objects.filter(stripe_id=data["id"]).select_related("plan").first()
    user_id, item = _owner_of(data, known), plan_item(data, known)
    if user_id is None or (item is None and known is None):
        log.info("Subscription %s is not of this shop; nothing to do", data["id"])
        return None
    lock_wallet(user_id)  # the wallet's row is the user's lock, for memberships too
    row = Subscription.objects.filter(stripe_id=data["id"]).first() or Subscription(
        stripe_id=data["id"], user_id=user_id
    )
    if row.pk and row.fetched_at > asked_at:
        return row
    was_billed = row.is_billed
    if item:
        _take_over(row, data, item)
    else:
        _note_plan_gone(row, at=asked_at)
    row.fetched_at = asked_at
    row.save()
    if was_billed and not _others_billed(row):
        emails.ended(row)
    _mark_duplicates(user_id)
    refresh_membership(user_id)
    row.refresh_from_db()
    return row


def refresh_membership(user_id: int) -> Membership:
    """Bring the membership's row in line with the user's subscriptions. The user's lock is held."""
    row = Membership.objects.filter(pk=user_id).first() or Membership(user_id=user_id)
    chosen = _chosen(user_id)
    row.subscription, row.stripe_subscription_id = chosen, chosen.stripe_id if chosen else ""
    is_billed = bool(chosen and chosen.is_billed)
    row.tier_id = chosen.plan_id if chosen and is_billed else FREE
    row.status = chosen.status if chosen else "active"
    row.current_period_end = chosen.current_period_end if chosen and is_billed else None
    row.save()
    return row


def _chosen(user_id: int) -> Subscription | None:
    """The subscription that counts: the oldest that is billed, or else the one that ended last."""
    mine = Subscription.objects.staying(user_id)
    return mine.billed().first() or mine.last()


def _mark_duplicates(user_id: int) -> None:
    """Of several that are billed at once the first stays; the others are to be ended and refunded."""
    for extra in list(Subscription.objects.staying(user_id).billed())[1:]:
        extra.end_reason = Subscription.EndReason.DUPLICATE
        extra.save(update_fields=["end_reason"])


def _others_billed(row: Subscription) -> bool:
    return Subscription.objects.filter(user_id=row.user_id).billed().exclude(pk=row.pk).exists()


def _owner_of(data: dict[str, Any], known: Subscription | None) -> int | None:
    customer = StripeCustomer.objects.filter(stripe_id=id_in(data, "customer") or "").first()
    if customer:
        return customer.user_id
    # The customer may have been made anew since; a subscription stays with whose it was, and who ordered it.
    if known:
        return known.user_id
    key = pointer_on(data)
    ordered = Purchase.objects.filter(key=key, type=Purchase.Type.SUBSCRIPTION) if key else Purchase.objects.none()
    return ordered.values_list("user_id", flat=True).first()


def _take_over(row: Subscription, data: dict[str, Any], item: PlanItem) -> None:
    row.plan, row.item_id, row.status = item.plan, item.id, data["status"]
    row.amount_cents, row.currency = item.monthly_cents, item.data["price"]["currency"]
    row.current_period_start, row.current_period_end = item.period_start, item.period_end
    row.cancel_at, row.next_plan = ends_at(data, item), _next_plan(data, item)
    row.schedule_id = data["schedule"]["id"] if data["schedule"] else ""
    is_unpaid = row.status in ("past_due", "unpaid")
    row.unpaid_since = (row.unpaid_since or timezone.now()) if is_unpaid else None
    # The invoice after an unpaid one is a draft; the one to pay is still the one before.
    row.invoice_url = _open_invoice_url(data) or (row.invoice_url if is_unpaid else "")
    row.started_at = moment(data["created"])  # staff may set another date as its start
    row.ended_at = moment(data["ended_at"]) if data["ended_at"] else None


def _note_plan_gone(row: Subscription, *, at: datetime) -> None:
    """The plan was removed from a subscription that continues with other products: here it has ended."""
    row.status, row.ended_at = PLAN_IS_GONE, row.ended_at or at
    row.cancel_at = row.next_plan = row.unpaid_since = None
    row.schedule_id = row.invoice_url = ""


def ends_at(data: dict[str, Any], item: PlanItem) -> datetime | None:
    """When the plan will end by itself; the Billing Portal sets a moment instead of the flag."""
    if data["cancel_at"]:
        return moment(data["cancel_at"])
    if data["cancel_at_period_end"]:
        return item.period_end
    phase = _later_phase(data, item)
    return moment(phase["start_date"]) if phase and _is_without_plan(phase, item) else None


def _next_plan(data: dict[str, Any], item: PlanItem) -> Plan | None:
    """The plan that the schedule changes to when the period ends."""
    phase = _later_phase(data, item)
    prices = {id_in(each, "price") for each in phase["items"]} if phase else set()
    coming = [plan for price, plan in item.ours.items() if price in prices]
    return max(coming, key=Plan.weight) if coming and item.price_id not in prices else None


def _later_phase(data: dict[str, Any], item: PlanItem) -> dict[str, Any] | None:
    phases: list[dict[str, Any]] = data["schedule"]["phases"] if data["schedule"] else []
    end = item.data["current_period_end"]
    return next((phase for phase in phases if phase["start_date"] >= end), None)


def _is_without_plan(phase: dict[str, Any], item: PlanItem) -> bool:
    """Whether a phase holds nothing but the other products."""
    others = {id_in(other, "price") for other in item.others}
    return bool(item.others) and all(id_in(each, "price") in others for each in phase["items"])


def _open_invoice_url(data: dict[str, Any]) -> str:
    invoice = data["latest_invoice"]
    return (invoice["hosted_invoice_url"] or "") if invoice and invoice["status"] == "open" else ""
