"""A top-up that the bank lets through only with its customer there: they confirm it, or call it off."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from tokens.idempotency import one_at_a_time
from tokens.ledger.due import open_wallet
from tokens.models import AutoTopUp, Purchase, TopUp
from tokens.stripe_api import saved_cards
from tokens.stripe_api.saved_cards import Attempt
from tokens.top_up import counting, settling
from tokens.top_up.consent import chargeable_card
from tokens.top_up.errors import InvalidTopUp, NothingToConfirm
from tokens.top_up.switching import stop_open
from tokens.transactions import money_transaction

# Whoever leaves the bank's page and never comes back is asked for at Stripe.
ASKED_AFTER = timedelta(minutes=10)


def waiting(user_id: int) -> TopUp | None:
    """The user's top-up that waits to be confirmed."""
    status = TopUp.Status.NEEDS_CONFIRMATION
    return TopUp.objects.filter(user=user_id, status=status).select_related("purchase").first()


@one_at_a_time()
def begin(user_id: int, *, return_url: str) -> Attempt:
    """Have the payment confirmed: `url` is the bank's page, from which the customer comes back, where the bank asks.

    Raises NothingToConfirm, NoSavedCard, InvalidTopUp, StripeFailed.
    """
    card = chargeable_card(user_id)
    purchase = _allowed(user_id)
    TopUp.objects.filter(purchase=purchase).update(card=str(card))
    attempt = saved_cards.confirm_with_customer(
        purchase.stripe_payment_intent_id or "", payment_method=card.stripe_id, return_url=return_url
    )
    settling.settle(attempt.intent)
    return attempt


def refresh(user_id: int) -> TopUp | None:
    """Ask Stripe what became of the confirmation; the user's newest top-up as it is then. Raises StripeFailed."""
    top_up = waiting(user_id)
    if top_up and top_up.purchase.stripe_payment_intent_id:
        settling.settle(saved_cards.retrieve_payment(top_up.purchase.stripe_payment_intent_id).intent)
    return TopUp.objects.filter(user=user_id).order_by("-id").first()


def call_off(user_id: int) -> bool:
    """Don't pay it; whether there was one. Automatic top-up stays on."""
    return stop_open(user_id)


@money_transaction
def _allowed(user_id: int) -> Purchase:
    """The purchase that may be paid now, within the month's limit."""
    open_wallet(user_id, timezone.now())
    auto = AutoTopUp.objects.filter(user=user_id, is_on=True).first()
    top_up = waiting(user_id)
    if auto is None or top_up is None:
        raise NothingToConfirm
    now = timezone.now()
    if not counting.fits(auto, top_up.purchase.amount_cents, now, but=top_up):
        raise InvalidTopUp("monthly_limit", "This would exceed your monthly limit. Raise the limit first.")
    TopUp.objects.filter(pk=top_up.pk).update(next_try_at=now + ASKED_AFTER)
    return top_up.purchase
