"""Subscriptions as Stripe has them: always what it says now, noted under the user's lock.

Events only say that something changed. What changed is asked for before a transaction opens, and an answer to an
earlier question never overwrites one to a later question; so news that is late, doubled or shuffled ends the same.
"""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import Any

from django.utils import timezone

from memberships import letters
from memberships.models import Membership, Plan, Subscription
from memberships.models.plan import FREE
from memberships.plans import plan_of
from tokens.ledger import lock_wallet
from tokens.models import StripeCustomer
from tokens.payments import billing
from tokens.transactions import money_transaction

log = logging.getLogger(__name__)


def sync(stripe_id: str) -> Subscription | None:
    """Ask Stripe about a subscription and take over what it says; None: it is not this shop's. Raises StripeFailed."""
    asked_at = timezone.now()
    return note(billing.retrieve_subscription(stripe_id), asked_at=asked_at)


def sync_user(user_id: int) -> None:
    """Take over every subscription that a user has or had at Stripe. Raises StripeFailed."""
    customer = StripeCustomer.objects.filter(user_id=user_id).exclude(stripe_id=None).first()
    if customer is None:
        return
    asked_at = timezone.now()
    for data in billing.list_subscriptions(str(customer.stripe_id)):
        note(data, asked_at=asked_at)


@money_transaction
def note(data: dict[str, Any], *, asked_at: datetime) -> Subscription | None:
    """Take over a subscription (plain data, latest invoice and schedule in whole) as Stripe had it at `asked_at`."""
    user_id, plan = _owner_of(data), _plan_in(data)
    if user_id is None or plan is None:
        log.info("Subscription %s is not of this shop; nothing to do", data["id"])
        return None
    lock_wallet(user_id)  # the wallet's row is the user's lock, for memberships too
    row = Subscription.objects.filter(stripe_id=data["id"]).first() or Subscription(
        stripe_id=data["id"], user_id=user_id
    )
    if row.pk and row.fetched_at > asked_at:
        return row
    was_billed = row.is_billed
    _take_over(row, data, plan)
    row.fetched_at = asked_at
    row.save()
    if was_billed and not _others_billed(row):
        letters.ended(row)
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
    row.cancel_at = chosen.cancel_at if chosen and is_billed else None
    row.grace_until = chosen.grace_until if chosen else None
    row.next_tier_id = chosen.next_plan_id if chosen and is_billed else None
    row.save()
    return row


def _chosen(user_id: int) -> Subscription | None:
    """The subscription that counts: the oldest that is billed, or else the one that ended last."""
    mine = Subscription.objects.filter(user_id=user_id)
    billed = mine.billed().filter(end_reason="").order_by("started_at", "stripe_id")
    return billed.first() or mine.filter(end_reason="").order_by("started_at", "stripe_id").last()


def _mark_duplicates(user_id: int) -> None:
    """Of several that are billed at once the first stays; the others are to be ended and refunded."""
    billed = Subscription.objects.filter(user_id=user_id, end_reason="").billed()
    for extra in list(billed.order_by("started_at", "stripe_id"))[1:]:
        extra.end_reason = Subscription.EndReason.DUPLICATE
        extra.save(update_fields=["end_reason"])


def _others_billed(row: Subscription) -> bool:
    return Subscription.objects.filter(user_id=row.user_id).billed().exclude(pk=row.pk).exists()


def _owner_of(data: dict[str, Any]) -> int | None:
    customer = StripeCustomer.objects.filter(stripe_id=data["customer"]).first()
    if customer:
        return customer.user_id
    # The customer may have been made anew since; a subscription stays with whose it was.
    known = Subscription.objects.filter(stripe_id=data["id"]).first()
    return known.user_id if known else None


def _plan_in(data: dict[str, Any]) -> Plan | None:
    """The plan of its price; one that staff moved to a price of no plan keeps the plan it had."""
    known = Subscription.objects.filter(stripe_id=data["id"]).select_related("plan").first()
    return plan_of(data["items"]["data"][0]["price"]) or (known.plan if known else None)


def _take_over(row: Subscription, data: dict[str, Any], plan: Plan) -> None:
    item = data["items"]["data"][0]
    row.plan, row.item_id, row.status = plan, item["id"], data["status"]
    row.amount_cents, row.currency = item["price"]["unit_amount"], item["price"]["currency"]
    row.current_period_start = _moment(item["current_period_start"])
    row.current_period_end = _moment(item["current_period_end"])
    row.cancel_at = ends_at(data)
    row.schedule_id, row.next_plan = _scheduled(data, item)
    is_unpaid = row.status in ("past_due", "unpaid")
    row.unpaid_since = (row.unpaid_since or timezone.now()) if is_unpaid else None
    # The invoice after an unpaid one is a draft; the one to pay is still the one before.
    row.invoice_url = _open_invoice_url(data) or (row.invoice_url if is_unpaid else "")
    row.started_at = _moment(data["created"])  # staff may set another date as its start
    row.ended_at = _moment(data["ended_at"]) if data["ended_at"] else None


def ends_at(data: dict[str, Any]) -> datetime | None:
    """When a subscription (plain data) will end by itself; the Billing Portal sets a moment instead of the flag."""
    if data["cancel_at"]:
        return _moment(data["cancel_at"])
    item = data["items"]["data"][0]
    return _moment(item["current_period_end"]) if data["cancel_at_period_end"] else None


def _scheduled(data: dict[str, Any], item: dict[str, Any]) -> tuple[str, Plan | None]:
    """(the schedule's id, the plan it changes to when the period ends)"""
    schedule = data["schedule"]
    if not schedule:
        return "", None
    later = [phase for phase in schedule["phases"] if phase["start_date"] >= item["current_period_end"]]
    price_id = later[0]["items"][0]["price"] if later else None
    plan = plan_of({"id": price_id}) if price_id and price_id != item["price"]["id"] else None
    return schedule["id"], plan


def _open_invoice_url(data: dict[str, Any]) -> str:
    invoice = data["latest_invoice"]
    return (invoice["hosted_invoice_url"] or "") if invoice and invoice["status"] == "open" else ""


def _moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
