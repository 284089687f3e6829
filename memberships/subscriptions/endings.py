"""Subscriptions the shop itself must end: duplicates, and those whose present month was refunded or disputed.

That one must be ended is noted in the transaction of its cause; Stripe is asked afterwards, as often as it takes.
"""

from __future__ import annotations

import logging
import uuid
from functools import partial

from django.db import transaction
from django.db.models import Sum
from django.utils import timezone

from memberships import emails
from memberships.models import Invoice, Subscription
from memberships.models.subscription import SubscriptionQuerySet
from memberships.subscriptions import sync
from memberships.subscriptions.checkout import follow
from tokens.errors import TokenError
from tokens.ledger.wallet import lock_wallet
from tokens.models import Purchase, Refund
from tokens.purchases import refunds
from tokens.purchases.reversals import when_money_moves
from tokens.transactions import money_transaction

log = logging.getLogger(__name__)

Reason = Subscription.EndReason


@when_money_moves
def note_money_gone(purchase: Purchase) -> None:
    """All the money of the present month went back, or a dispute took it: the subscription must end at once."""
    invoice = Invoice.objects.filter(purchase=purchase).select_related("subscription").first()
    if invoice is None or not invoice.is_for_a_whole_period:
        return
    lock_wallet(purchase.user_id)
    row = Subscription.objects.get(pk=invoice.subscription_id)
    reason = _reason(purchase)
    if reason and row.is_live and not row.end_reason and invoice.period_end >= row.current_period_end:
        row.end_reason = reason
        row.save(update_fields=["end_reason"])
        end_after_commit(row)


def end_after_commit(row: Subscription) -> None:
    """Ask Stripe to end this one as soon as the transaction is committed; the sweep asks again if that fails."""
    transaction.on_commit(partial(_end_if_possible, row), robust=True)


def end_what_must() -> int:
    """Ask Stripe to end what must be ended, and refund duplicates; how many are done with."""
    return sum(_end_if_possible(row) for row in Subscription.objects.to_end().order_by("pk"))


def _end_if_possible(row: Subscription) -> bool:
    try:
        _end(row)
    except TokenError as error:
        log.warning("Subscription %s could not be ended yet: %s", row.stripe_id, error)
        return False
    return True


def _end(row: Subscription) -> None:
    """End one, unless what Stripe says now takes the reason away. Every step may be repeated."""
    sync.sync_user(row.user_id)
    row.refresh_from_db()
    if row.is_live and not _still_must(row):
        return _spare(row)
    if row.is_live:
        sync.end(row)
    is_refunded = row.end_reason != Reason.DUPLICATE or _refund_all(row)
    if not is_refunded:
        log.error("Stripe refused to refund duplicate subscription %s: staff must see to it", row.stripe_id)
    return _note_done(row, is_refunded=is_refunded)


@money_transaction
def _note_done(row: Subscription, *, is_refunded: bool) -> None:
    kept = _others(row).first()
    if row.end_reason == Reason.DUPLICATE and kept:
        emails.duplicate_ended(row, kept=kept, is_refunded=is_refunded)
    Subscription.objects.filter(pk=row.pk).update(ending_done_at=timezone.now())


def _still_must(row: Subscription) -> bool:
    if row.end_reason == Reason.DUPLICATE:
        return _others(row).exists()
    gone = Invoice.objects.filter(subscription=row, period_end__gte=row.current_period_end)
    return any(invoice.is_for_a_whole_period and _reason(invoice.purchase) for invoice in gone)


def _others(row: Subscription) -> SubscriptionQuerySet:
    """The user's subscriptions that stay, beside which this one is a duplicate."""
    return Subscription.objects.staying(row.user_id).billed()


@money_transaction
def _spare(row: Subscription) -> None:
    lock_wallet(row.user_id)
    Subscription.objects.filter(pk=row.pk).update(end_reason="")
    sync.refresh_membership(row.user_id)


def _refund_all(row: Subscription) -> bool:
    """Give back all that was paid for a duplicate; False when Stripe refused some of it."""
    follow(row.stripe_id)
    is_refunded = True
    for invoice in Invoice.objects.filter(subscription=row).select_related("purchase"):
        cents = refunds.offered_cents(invoice.purchase)
        if cents:
            given = refunds.refund(
                invoice.purchase,
                amount_cents=cents,
                reason="A second membership bought by mistake",
                by=None,
                source=Refund.Source.SYSTEM,
                key=uuid.uuid5(invoice.purchase.key, "duplicate"),
            )
            is_refunded = is_refunded and given.counts
    return is_refunded


def _reason(purchase: Purchase) -> str:
    """Why this month's money is gone; a refund that Stripe has not accepted may still be refused."""
    accepted = purchase.refunds.counting().exclude(status=Refund.Status.REQUESTED)
    if accepted.aggregate(sum=Sum("amount_cents", default=0))["sum"] >= max(1, purchase.received_cents):
        return Reason.REFUNDED
    taken = any(dispute.keeps_money for dispute in purchase.disputes.all())
    return Reason.DISPUTED if taken else ""
