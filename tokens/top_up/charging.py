"""Charging what was ordered: one PaymentIntent for each crossing, made and noted before it charges anything.

Stripe takes the money of a PaymentIntent once. So whatever becomes of this process, of Stripe's answer or of its
events, the next attempt asks how the same one stands, and never makes a second that could be paid.
"""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from tokens import leases
from tokens.errors import CallUnderWay, NoSuchObject, StripeFailed, StripeUnreachable
from tokens.jobs import works
from tokens.ledger import top_up as wallets
from tokens.ledger.due import open_wallet
from tokens.models import AutoTopUp, Purchase, SavedCard, StripeCustomer, TopUp
from tokens.purchases import lifecycle
from tokens.stripe_api import saved_cards
from tokens.stripe_api.saved_cards import Attempt, Outcome
from tokens.top_up import counting, emails, settling
from tokens.top_up.deciding import why_off
from tokens.top_up.errors import PaymentMismatch
from tokens.top_up.switching import turn_off
from tokens.transactions import money_transaction

log = logging.getLogger(__name__)

Status = TopUp.Status
Off = AutoTopUp.Off
# Longer than any call to Stripe, with its retries.
LEASE = timedelta(minutes=3)
FIRST_RETRY, LONGEST_WAIT = timedelta(seconds=10), timedelta(hours=1)
# After the first decline, and after the second; the third turns it off.
AGAIN_AFTER = (timedelta(hours=1), timedelta(days=1))
# A bank that still moves the money is left to its events, and asked now and then.
BANK_IS_ASKED_AFTER = timedelta(hours=1)
# No money yet, and nothing that would stop a bank from being asked.
PAYABLE = (Outcome.DECLINED, Outcome.NEEDS_CUSTOMER)


@works("automatic top-ups charged", threads=2)
def charge_next() -> bool:
    """Work one top-up that is due; whether there was one."""
    now = timezone.now()
    due = TopUp.objects.filter(status__in=TopUp.OPEN, next_try_at__lte=now).select_related("purchase")
    row = leases.take(
        due.order_by("next_try_at"), lambda row: {"next_try_at": now + LEASE, "attempts": row.attempts + 1}
    )
    if row is None:
        return False
    try:
        WORK[Status(row.status)](row)
    except Exception as error:
        _try_later(row, error)
    return True


def _charge(row: TopUp) -> None:
    if not _is_still_wanted(row):
        return
    customer = StripeCustomer.objects.filter(user=row.user_id).values_list("stripe_id", flat=True).first()
    card = SavedCard.objects.of(row.user_id)
    if not (customer and card):
        turn_off(row.user_id, Off.CARD_REMOVED)
        return
    _our(row).update(card=str(card))
    try:
        attempt = _payment_of(row, customer)
        if attempt.outcome in PAYABLE:
            attempt = saved_cards.charge_away(
                attempt.payment_intent,
                payment_method=card.stripe_id,
                return_url=settings.SITE_URL + reverse("tokens:top_up_confirmed"),
                idempotency_key=f"top-up:{row.purchase.key}:{row.declines}:{card.stripe_id}",
            )
    except StripeUnreachable:
        raise
    except StripeFailed as error:  # the card is gone, or nobody's any more; or it was paid a moment ago
        if _is_replaced(card):
            raise
        log.warning("The card of user %s can't be charged: %s", row.user_id, error)
        known = row.purchase.stripe_payment_intent_id
        if known is None or (attempt := saved_cards.retrieve_payment(known)).outcome in PAYABLE:
            turn_off(row.user_id, Off.CARD_REMOVED)
            return
    (_note_refusal if attempt.outcome in PAYABLE else _settle)(row, attempt)


def _is_replaced(card: SavedCard) -> bool:
    """Whether the customer has saved another card meanwhile: it is that one's turn, soon."""
    now = SavedCard.objects.of(card.user_id)
    return now is not None and now.stripe_id != card.stripe_id


def _payment_of(row: TopUp, customer: str) -> Attempt:
    """The top-up's PaymentIntent as it is now; made and noted, if there is none, and charging nothing yet."""
    purchase = row.purchase
    if purchase.stripe_payment_intent_id:
        return saved_cards.retrieve_payment(purchase.stripe_payment_intent_id)
    prepared = saved_cards.prepare_payment(
        customer,
        amount_cents=purchase.amount_cents,
        currency=purchase.currency,
        description=purchase.description,
        metadata=settling.words_for(row),
        idempotency_key=f"top-up:{purchase.key}",
    )
    row.purchase = lifecycle.note_payment(purchase, payment_intent=prepared.payment_intent)
    is_ours = row.purchase.stripe_payment_intent_id == prepared.payment_intent
    return prepared if is_ours else _payment_of(row, customer)


@money_transaction
def _is_still_wanted(row: TopUp) -> bool:
    """Whether it may be charged now; what speaks against it by now ends it. A charge that was begun is looked at."""
    wallet = open_wallet(row.user_id, timezone.now())
    row.refresh_from_db(fields=["status"])
    if row.status != Status.WAITING:
        return False
    auto = AutoTopUp.objects.select_related("user").filter(user=row.user_id, is_on=True).first()
    at = timezone.now()
    if auto is None:
        _stop_soon(row)
        return False
    if why := why_off(auto, at):
        turn_off(row.user_id, why)
        return False
    if not wallets.is_below(wallet):  # tokens came in meanwhile, so that none need be bought
        _stop_soon(row)
        return False
    if wallet.blocked_at or not counting.fits(auto, row.purchase.amount_cents, at, but=row):
        _stop_soon(row)
        wallets.arm(wallet, below=auto.threshold)  # ordered anew when it may be
        return False
    return True


def _look(row: TopUp) -> None:
    """Ask how a confirmation ended of which nothing was heard; then wait for the customer again."""
    _our(row).update(next_try_at=None)
    settling.settle(saved_cards.retrieve_payment(row.purchase.stripe_payment_intent_id or "").intent)


def _stop_soon(row: TopUp) -> None:
    TopUp.objects.filter(pk=row.pk).update(status=Status.STOPPING, next_try_at=timezone.now())


def _stop(row: TopUp) -> None:
    """See that it is never paid, unless it was."""
    known = row.purchase.stripe_payment_intent_id
    if known is None:  # what may have been made and not noted charges nothing: nobody confirms it
        _end_unpaid(row)
        return
    try:
        attempt = saved_cards.cancel_payment(known)
    except NoSuchObject:
        _end_unpaid(row)
    else:
        _settle(row, attempt)


@money_transaction
def _end_unpaid(row: TopUp) -> None:
    settling.end(lifecycle.expire(row.purchase), Status.GIVEN_UP)


def _settle(row: TopUp, attempt: Attempt) -> None:
    """Take over what became of it; a bank that is still moving the money is asked again later."""
    purchase = settling.settle(attempt.intent)
    if purchase.status == Purchase.Status.PROCESSING:
        _our(row).update(next_try_at=timezone.now() + BANK_IS_ASKED_AFTER)


@money_transaction
def _note_refusal(row: TopUp, attempt: Attempt) -> None:
    """Once for an attempt, however often its answer is heard: the lease and the number of declines say which it was."""
    open_wallet(row.user_id, timezone.now())
    mine = _our(row)
    said = attempt.sentence[:300]
    if attempt.outcome is Outcome.NEEDS_CUSTOMER:
        if mine.update(status=Status.NEEDS_CONFIRMATION, next_try_at=None, last_error=said):
            emails.confirm(row)
        return
    declines = row.declines + 1
    if not mine.update(declines=declines, last_error=said):
        return
    row.declines, row.last_error = declines, said
    if attempt.code == "expired_card":
        turn_off(row.user_id, Off.CARD_EXPIRED)
    elif declines > len(AGAIN_AFTER):
        turn_off(row.user_id, Off.DECLINED)
    else:
        again_at = timezone.now() + AGAIN_AFTER[declines - 1]
        mine.update(next_try_at=again_at)
        emails.declined(row, again_at=again_at)


def _try_later(row: TopUp, error: Exception) -> None:
    if isinstance(error, PaymentMismatch):
        log.error("%s", error)
    elif isinstance(error, StripeFailed | CallUnderWay):
        log.warning("The top-up %s is tried again: %s", row.pk, error)
    else:
        log.exception("The top-up %s failed and is tried again", row.pk)
    wait = leases.wait_before_next(row.attempts, first=FIRST_RETRY, longest=LONGEST_WAIT)
    _our(row).update(next_try_at=timezone.now() + wait, last_error=f"{type(error).__name__}: {error}"[:300])


def _our(row: TopUp) -> Any:
    """The row, unless another worker has it or it is over."""
    return TopUp.objects.filter(pk=row.pk, attempts=row.attempts, status=row.status)


WORK = {Status.WAITING: _charge, Status.NEEDS_CONFIRMATION: _look, Status.STOPPING: _stop}
