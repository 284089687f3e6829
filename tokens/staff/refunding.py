"""Refunds by staff: small ones at once, large ones after a second member of staff has approved them."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.db.models import Sum
from django.utils import timezone

from tokens.errors import NotPermitted, RefundTooLarge
from tokens.models import Purchase, Refund, RefundRequest
from tokens.money import format_money
from tokens.purchases import refunds
from tokens.purchases.reversals import reversed_cents
from tokens.staff.acts import Why, record, require, require_on_staff
from tokens.staff.errors import FormOutOfDate, RequestDecided
from tokens.transactions import money_transaction

REFUND, APPROVE = "tokens.refund_purchase", "tokens.approve_refund"

Status = RefundRequest.Status


def key_of(purchase: Purchase) -> uuid.UUID:
    """Names the next refund of this purchase: the same in every tab, until the purchase's refunds have changed."""
    state = (purchase.refunds.count(), purchase.refund_requests.count(), waiting(purchase), reversed_cents(purchase))
    return uuid.uuid5(purchase.key, repr(state))


def waiting(purchase: Purchase) -> int:
    """How many requests to refund this purchase wait for a decision."""
    return purchase.refund_requests.filter(status=Status.WAITING).count()


def needs_second_person(purchase: Purchase, *, amount_cents: int, by: AbstractBaseUser) -> bool:
    """Whether this refund, with those the same member of staff made of the purchase alone, is above the limit."""
    alone = purchase.refunds.counting().filter(by_id=by.pk, request=None)
    already = alone.aggregate(sum=Sum("amount_cents", default=0))["sum"]
    return already + amount_cents > settings.STAFF_REFUND_LIMIT_CENTS


def refund(
    purchase: Purchase, *, amount_cents: int, why: Why, beyond_offer: bool = False, key: uuid.UUID
) -> Refund | RefundRequest:
    """Refund money (smallest unit) of a purchase, or request approval above STAFF_REFUND_LIMIT_CENTS.

    Two forms with the same `key` act once. Raises NotPermitted, NotRefundable, RefundTooLarge, and FormOutOfDate when
    the purchase has been refunded since the key was made, or the key named another amount.
    """
    require(why, REFUND, on=purchase.user_id)
    _require_beyond(why, beyond_offer)
    row = _write(purchase, amount_cents, why=why, beyond_offer=beyond_offer, key=key)
    if isinstance(row, Refund) and row.status == Refund.Status.REQUESTED:
        return refunds.send(row)
    return row


def approve(request: RefundRequest, *, why: Why) -> Refund:
    """Approve a refund that another member of staff requested, which makes it. Approving again returns the same refund.

    Raises NotPermitted (also for the requester and the buyer), RequestDecided when it was declined, RefundTooLarge,
    AskerLeft.
    """
    _require_decider(request, why)
    row = _approve(request.pk, why)
    return refunds.send(row) if row.status == Refund.Status.REQUESTED else row


@money_transaction
def decline(request: RefundRequest, *, why: Why) -> RefundRequest:
    """Decline a refund that another member of staff requested. Declining again does nothing. Raises as `approve`."""
    _require_decider(request, why)
    request = RefundRequest.objects.select_for_update().get(pk=request.pk)
    if request.status == Status.APPROVED:
        raise RequestDecided("This refund was already approved.")
    if request.status == Status.WAITING:
        _decide(request, Status.DECLINED, why)
    return request


def _require_beyond(why: Why, beyond_offer: bool) -> None:
    if beyond_offer and not refunds.may_refund_beyond_offer(why.by):
        raise NotPermitted("You can refund only unspent tokens. Ask someone whose role allows more.")


def _require_decider(request: RefundRequest, why: Why) -> None:
    require(why, APPROVE, on=request.purchase.user_id)
    if request.by_id == why.by.pk:
        raise NotPermitted("Another member of staff must decide on your request.")


@money_transaction
def _write(
    purchase: Purchase, amount_cents: int, *, why: Why, beyond_offer: bool, key: uuid.UUID
) -> Refund | RefundRequest:
    purchase = Purchase.objects.select_for_update().get(pk=purchase.pk)
    row = _made_before(purchase, key)
    if row is None and key != key_of(purchase):
        raise FormOutOfDate("This purchase was refunded after you opened the form. Review it and try again.")
    if row and (row.amount_cents, row.by_id) != (amount_cents, why.by.pk):
        raise FormOutOfDate("Another refund was made after you opened the form. Review the purchase and try again.")
    if row:
        return row
    if needs_second_person(purchase, amount_cents=amount_cents, by=why.by):
        return _ask(purchase, amount_cents, why=why, beyond_offer=beyond_offer, key=key)
    row = refunds.request(
        purchase, amount_cents=amount_cents, reason=why.text, by=why.by, beyond_offer=beyond_offer, key=key
    )
    record("refund", _subject(row.purchase, amount_cents), why=why, user_id=purchase.user_id)
    return row


def _made_before(purchase: Purchase, key: uuid.UUID) -> Refund | RefundRequest | None:
    return purchase.refunds.filter(key=key).first() or purchase.refund_requests.filter(key=key).first()


def _ask(purchase: Purchase, amount_cents: int, *, why: Why, beyond_offer: bool, key: uuid.UUID) -> RefundRequest:
    most = refunds.most_cents(purchase, beyond_offer=beyond_offer)
    if not 1 <= amount_cents <= most:
        raise RefundTooLarge(most_cents=most, currency=purchase.currency)
    row = RefundRequest.objects.create(
        purchase=purchase,
        amount_cents=amount_cents,
        beyond_offer=beyond_offer,
        reason=why.reason,
        note=why.note,
        by_id=why.by.pk,
        key=key,
    )
    record("ask for a refund", _subject(purchase, amount_cents), why=why, user_id=purchase.user_id)
    return row


@money_transaction
def _approve(pk: int, why: Why) -> Refund:
    purchase = Purchase.objects.select_for_update().get(refund_requests=pk)  # before the request, as everywhere
    request = RefundRequest.objects.select_for_update(of=("self",)).select_related("by").get(pk=pk)
    if request.status == Status.DECLINED:
        raise RequestDecided("This refund was already declined.")
    if request.refund_id:
        return Refund.objects.select_related("purchase").get(pk=request.refund_id)
    require_on_staff(request.by)
    asked = Why(request.by, request.reason, request.note)
    request.refund = refunds.request(
        purchase,
        amount_cents=request.amount_cents,
        reason=asked.text,
        by=request.by,
        beyond_offer=request.beyond_offer,
        key=request.key,
    )
    _decide(request, Status.APPROVED, why)
    return request.refund


def _decide(request: RefundRequest, status: RefundRequest.Status, why: Why) -> None:
    request.status, request.decided_by_id, request.decided_at = status, why.by.pk, timezone.now()
    request.save(update_fields=["status", "decided_by", "decided_at", "refund"])
    purchase = request.purchase
    verb = "approve a refund" if status == Status.APPROVED else "decline a refund"
    record(verb, _subject(purchase, request.amount_cents), why=why, user_id=purchase.user_id)


def _subject(purchase: Purchase, amount_cents: int) -> str:
    return f"{format_money(amount_cents, purchase.currency)} of purchase {purchase.pk}"
