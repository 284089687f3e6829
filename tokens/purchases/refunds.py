"""Giving money back: what it would take, asking Stripe for it, and noting what became of it.

The row comes first and takes the tokens at once; Stripe is asked outside the transaction, by a key that names the row,
so that asking again never refunds twice. A refund that fails gives the tokens back.
"""

from __future__ import annotations

import logging
import uuid
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, NamedTuple

from django.contrib.auth.models import AbstractBaseUser, PermissionsMixin
from django.utils import timezone

from tokens.errors import (
    CallUnderWay,
    KeyReused,
    NotPermitted,
    NotRefundable,
    RefundTooLarge,
    StripeFailed,
    StripeUnreachable,
)
from tokens.in_turn import in_turn
from tokens.ledger.burning import left_of_lots
from tokens.ledger.wallet import lock_wallet
from tokens.models import Purchase, Refund
from tokens.models.refund import BEYOND_OFFER
from tokens.purchases import credit_notes, emails
from tokens.purchases.reversals import follow_the_money, has_unclear_money, reversed_cents
from tokens.stripe_api import foreign_money, gateway, lookups
from tokens.stripe_api.pointers import as_key
from tokens.transactions import money_transaction

# A later event never restores an earlier state; a failure is final.
RANK = {"requested": 0, "pending": 1, "requires_action": 1, "succeeded": 2, "failed": 3, "canceled": 3}
SENT_AGAIN_AFTER = timedelta(minutes=1)
KEY_IS_KNOWN_FOR = timedelta(hours=23)

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Preview:
    """What a refund would do: money in the smallest unit, everything else in tokens."""

    amount_cents: int
    tokens: int
    from_this_purchase: int
    from_other_lots: int
    debt: int


def offered_cents(purchase: Purchase) -> int:
    """The most that is refunded without special permission: the unspent share of what is still paid.

    A membership's month is not spent piece by piece: what is still paid is offered.
    """
    if not purchase.is_paid:
        return 0
    still_paid = purchase.received_cents - reversed_cents(purchase)
    if purchase.type == Purchase.Type.SUBSCRIPTION:
        return still_paid
    unspent = purchase.received_cents * _spendable(purchase).own // purchase.tokens
    return min(still_paid, unspent)


def most_cents(purchase: Purchase, *, beyond_offer: bool) -> int:
    """The most that could be refunded: what is offered, or all that is still paid."""
    if not beyond_offer:
        return offered_cents(purchase)
    return purchase.received_cents - reversed_cents(purchase) if purchase.is_paid else 0


def may_refund_beyond_offer(member: AbstractBaseUser) -> bool:
    """Whether this member of staff may give back money for tokens that are already spent."""
    return isinstance(member, PermissionsMixin) and member.has_perm(f"tokens.{BEYOND_OFFER}")


def cents_for(purchase: Purchase, tokens: int) -> int:
    """What a refund of so many tokens gives back, in the smallest unit, rounded down."""
    return purchase.received_cents * tokens // purchase.tokens if purchase.tokens else 0


def preview(purchase: Purchase, *, amount_cents: int) -> Preview:
    """What refunding so much would take, and from where. Nothing changes."""
    gone = reversed_cents(purchase)
    after = min(purchase.received_cents, gone + amount_cents)
    tokens = purchase.tokens_for(after) - purchase.tokens_reversed
    there = _spendable(purchase) if tokens else Spendable(0, 0)
    own = min(tokens, there.own)
    others = min(tokens - own, there.others)
    return Preview(amount_cents, tokens, own, others, tokens - own - others)


class Spendable(NamedTuple):
    """What a reversal could take from the purchase's own lot, and from the customer's others, in tokens."""

    own: int
    others: int


def _spendable(purchase: Purchase) -> Spendable:
    left, own = left_of_lots(purchase.user_id), purchase.lot.pk
    return Spendable(
        own=sum(each.tokens for each in left if each.lot_id == own),
        others=sum(each.tokens for each in left if each.lot_id != own and not each.is_frozen),
    )


def refund(
    purchase: Purchase,
    *,
    amount_cents: int,
    reason: str,
    by: AbstractBaseUser | None,
    source: Refund.Source = Refund.Source.STAFF,
    beyond_offer: bool = False,
    key: uuid.UUID | None = None,
) -> Refund:
    """Give back `amount_cents` (smallest unit) of a paid purchase; its tokens are taken at once.

    More than `offered_cents` needs `beyond_offer`, and of a member of staff the permission too. `key` makes a form that
    is sent twice act once. Raises NotPermitted, NotRefundable, RefundTooLarge. A Stripe that cannot be reached is asked
    again by the sweep; one that refuses leaves the refund failed and gives the tokens back.
    """
    if beyond_offer and by and not may_refund_beyond_offer(by):
        raise NotPermitted("You may refund only the unspent share of what was paid; ask someone who may refund more.")
    row = request(
        purchase, amount_cents=amount_cents, reason=reason, by=by, source=source, beyond_offer=beyond_offer, key=key
    )
    return send(row) if row.status == Refund.Status.REQUESTED else row


@money_transaction
def request(
    purchase: Purchase,
    *,
    amount_cents: int,
    reason: str,
    by: AbstractBaseUser | None,
    source: Refund.Source = Refund.Source.STAFF,
    beyond_offer: bool = False,
    key: uuid.UUID | None = None,
) -> Refund:
    """The row of a refund, and its tokens taken: the part of `refund` that comes before Stripe is asked (`send`)."""
    purchase = Purchase.objects.select_for_update().get(pk=purchase.pk)
    sent_before = purchase.refunds.filter(key=key).first() if key else None
    if sent_before:
        if sent_before.amount_cents != amount_cents:
            raise KeyReused
        return sent_before
    if not purchase.is_paid or purchase.is_simulated or not purchase.stripe_payment_intent_id:
        raise NotRefundable(f"Purchase {purchase.pk} ({purchase.status}) has no payment that could be given back.")
    if has_unclear_money(purchase):
        raise NotRefundable("Money of this purchase went back in another currency. Say what it comes to first.")
    lock_wallet(purchase.user_id)  # or a spend beside this could take what is offered here, and leave a debt
    most = most_cents(purchase, beyond_offer=beyond_offer)
    if not 1 <= amount_cents <= most:
        raise RefundTooLarge(most_cents=most, currency=purchase.currency)
    row = Refund(user_id=purchase.user_id, purchase=purchase, amount_cents=amount_cents, reason=reason, source=source)
    row.by_id, row.key = by.pk if by else None, key or row.key
    row.save(force_insert=True)
    follow_the_money(purchase)
    return row


def send(row: Refund) -> Refund:
    """Ask Stripe for a refund whose row exists. Asking again is safe: the key names the row.

    A Stripe that gives no answer leaves the row as it is, for the sweep to send again.
    """
    try:
        row = _send(row)
    except (StripeFailed, CallUnderWay) as error:
        log.warning("Refund %s is still to be sent: %s", row.pk, error)
        return row
    credit_notes.make_if_possible(row)
    return row


def send_unsent() -> int:
    """Ask again for refunds that Stripe has not answered; how many it has answered now."""
    waiting = (
        Refund.objects.filter(status=Refund.Status.REQUESTED, created_at__lt=timezone.now() - SENT_AGAIN_AFTER)
        .select_related("purchase")
        .order_by("pk")
    )
    return in_turn("Refund to be sent", waiting, lambda row: bool(_send(row)))


def _send(row: Refund) -> Refund:
    """As `send`. Raises StripeFailed or CallUnderWay while it is not known what Stripe made of the refund."""
    answer = _answered_before(row) or _asked_for(row)
    if answer is not None:
        record_refund(row.purchase, lookups.in_whole(row.purchase, answer))
        row.refresh_from_db()
    return row


def _asked_for(row: Refund) -> dict[str, Any] | None:
    """What Stripe made of the refund. None once it has refused, which only this call tells: others merely read."""
    try:
        return gateway.create_refund(
            payment_intent=row.purchase.stripe_payment_intent_id or "",
            amount_cents=row.amount_cents,
            metadata={"refund_key": str(row.key), "purchase_key": str(row.purchase.key)},
            idempotency_key=f"refund:{row.key}",
        )
    except StripeUnreachable:  # it may be made by now, or later
        raise
    except StripeFailed as error:
        _refuse(row, str(error))
        return None


def _answered_before(row: Refund) -> dict[str, Any] | None:
    """What Stripe made of this refund before: after a day it forgets the key that keeps it from making another."""
    if row.created_at > timezone.now() - KEY_IS_KNOWN_FOR:
        return None
    found = gateway.list_refunds(row.purchase.stripe_payment_intent_id or "")
    return next((answer for answer in found if (answer["metadata"] or {}).get("refund_key") == str(row.key)), None)


@money_transaction
def record_refund(purchase: Purchase, answer: dict[str, Any]) -> Refund:
    """Take over what Stripe says of a refund (plain data): one of ours, or one made elsewhere, recorded as external."""
    purchase = Purchase.objects.select_for_update().get(pk=purchase.pk)
    row = _row_of(purchase, answer)
    was_done = row.status == Refund.Status.SUCCEEDED
    # A refusal noted here after a lost answer is not Stripe's last word on a refund that it did make.
    if row.stripe_id is None or RANK.get(answer["status"], 1) >= RANK[row.status]:
        status = "pending" if answer["status"] == "requires_action" else answer["status"]
        row.status, row.failure = status, answer.get("failure_reason") or ""
    row.stripe_id = answer["id"]
    _take_over_money(purchase, row, answer)
    row.save()
    if row.status == Refund.Status.SUCCEEDED and not was_done:
        credit_notes.expect(purchase)
    emails.refund_noted(follow_the_money(purchase), row)
    return row


def state(row: Refund, cents: int) -> Purchase:
    """Count `cents` of the purchase as given back by an unclear refund; the caller has the purchase locked."""
    row.amount_cents = row.stated_cents = cents
    row.unclear = ""
    row.save()
    return follow_the_money(row.purchase)


def _take_over_money(purchase: Purchase, row: Refund, answer: dict[str, Any]) -> None:
    """In another currency than the purchase's: what it comes to. What staff stated stays; what failed waits for nobody.

    Where it is not known, one of ours still counts as it was requested, and another counts for nothing yet.
    """
    currency = foreign_money.code_of(answer)
    if currency == purchase.currency:
        return
    row.stripe_cents, row.stripe_currency, row.unclear = answer["amount"], currency, ""
    if row.stated_cents is not None:
        return
    cents = foreign_money.refunded(purchase, answer)
    if cents is not None:
        row.amount_cents = cents
    elif row.counts:
        row.unclear = foreign_money.why_unclear(purchase, answer)


def _row_of(purchase: Purchase, answer: dict[str, Any]) -> Refund:
    key = as_key((answer.get("metadata") or {}).get("refund_key"))
    row = purchase.refunds.filter(stripe_id=answer["id"]).first()
    if row is None and key:
        row = purchase.refunds.filter(key=key, stripe_id=None).first()
    return row or Refund(
        user_id=purchase.user_id,
        purchase=purchase,
        amount_cents=answer["amount"] if foreign_money.code_of(answer) == purchase.currency else 0,
        status=Refund.Status.PENDING,
        source=Refund.Source.DASHBOARD,
        reason=answer.get("reason") or "",
    )


@money_transaction
def _refuse(row: Refund, why: str) -> Refund:
    purchase = Purchase.objects.select_for_update().get(pk=row.purchase_id)
    row.refresh_from_db()
    if row.status == Refund.Status.REQUESTED:
        row.status, row.failure = Refund.Status.FAILED, why[:500]
        row.save(update_fields=["status", "failure", "updated_at"])
        follow_the_money(purchase)
    return row
