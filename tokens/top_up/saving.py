"""A card saved by a purchase: ticked before Stripe's page opens, and known here once the purchase is paid.

However the payment becomes known (by its event, late or twice, by the success page, the sweep or reconciliation), the
purchase is paid in this database afterwards, and the card is asked for then, once. A purchase turns nothing on: what
may be charged, and when, is agreed to on the page of automatic top-up.
"""

from __future__ import annotations

import logging
from datetime import timedelta

from django.contrib.auth import get_user_model
from django.utils import timezone

from tokens import leases
from tokens.errors import NoSuchObject, NotOurs, StripeFailed
from tokens.jobs import works
from tokens.ledger.wallet import lock_wallet
from tokens.models import AutoTopUp, CardWish, Purchase, SavedCard
from tokens.stripe_api import saved_cards
from tokens.top_up import cards, forgetting
from tokens.top_up.errors import ConsentOutOfDate
from tokens.transactions import money_transaction

log = logging.getLogger(__name__)

LEASE = timedelta(minutes=3)
FIRST_RETRY, LONGEST_WAIT = timedelta(seconds=30), timedelta(hours=6)
UNDECIDED = (Purchase.Status.PENDING, Purchase.Status.PROCESSING)
WHILE_OFF = "Save my card for automatic top-up. It's charged automatically only if I turn that on."
WHILE_ON = "Save my card for automatic top-up, which is on and charges it from then on."


def sentence(user_id: int) -> str:
    """What a buyer may tick; empty for who has a card that can be charged, and where there is no automatic top-up."""
    if not cards.is_offered():
        return ""
    user = get_user_model().objects.select_related("saved_card", "auto_top_up").get(pk=user_id)
    card: SavedCard | None = getattr(user, "saved_card", None)
    auto: AutoTopUp | None = getattr(user, "auto_top_up", None)
    if card and not card.is_expired(timezone.now()):
        return ""
    return WHILE_ON if auto and auto.is_on else WHILE_OFF


def ticked(user_id: int, text: str) -> str:
    """The sentence that a buyer has read and ticked. Raises ConsentOutOfDate when it would be another one now."""
    if text and text != sentence(user_id):
        raise ConsentOutOfDate
    return text


def look(purchase: Purchase) -> CardWish | None:
    """The tick of a purchase and what came of it, asked for at once if it is paid. Stripe may say it later."""
    wish = CardWish.objects.filter(pk=purchase.pk).select_related("purchase").first()
    if wish and wish.next_try_at and wish.purchase.status not in UNDECIDED:
        try:
            _ask(wish)
        except StripeFailed as error:
            log.warning("The card of purchase %s is saved later: %s", purchase.pk, error)
    return wish


@works("cards saved by purchases")
def keep_next() -> bool:
    """Save the card of one purchase that is paid; whether there was one."""
    now = timezone.now()
    due = CardWish.objects.filter(next_try_at__lte=now).exclude(purchase__status__in=UNDECIDED)
    wish = leases.take(
        due.select_related("purchase").order_by("next_try_at"),
        lambda wish: {"next_try_at": now + LEASE, "attempts": wish.attempts + 1},
    )
    if wish is None:
        return False
    try:
        _ask(wish)
    except StripeFailed as error:
        log.warning("The card of purchase %s is saved later: %s", wish.pk, error)
        wait = leases.wait_before_next(wish.attempts, first=FIRST_RETRY, longest=LONGEST_WAIT)
        still = CardWish.objects.filter(pk=wish.pk, attempts=wish.attempts, next_try_at__isnull=False)
        still.update(next_try_at=timezone.now() + wait)
    return True


def _ask(wish: CardWish) -> None:
    """Ask Stripe which card has paid. A discount of the whole price asks for none, and a bank account is none."""
    intent, found = wish.purchase.stripe_payment_intent_id, None
    if wish.purchase.is_paid and intent:
        try:
            found = saved_cards.card_of_payment(intent)
        except NoSuchObject:
            log.warning("The payment of purchase %s is unknown at Stripe, so no card was saved", wish.pk)
    _note(wish, found)


@money_transaction
def _note(wish: CardWish, found: saved_cards.SavedCard | None) -> None:
    lock_wallet(wish.purchase.user_id)
    wish.refresh_from_db(fields=["card", "next_try_at"])
    if wish.next_try_at is None:  # somebody else was faster
        return
    if found:
        try:
            wish.card = _kept(wish, found)
        except NotOurs as error:
            log.warning("Purchase %s saved no card: %s", wish.pk, error)
    wish.next_try_at = None
    wish.save(update_fields=["card", "next_try_at"])


def _kept(wish: CardWish, found: saved_cards.SavedCard) -> str:
    """The card's name, once it is kept; empty for one that isn't.

    The page may have been open for a day. If what was ticked would be another sentence now, or is not asked at all
    because there is a card that can be charged, the customer has agreed to nothing about this one: it is forgotten.
    """
    user_id = wish.purchase.user_id
    if wish.text != sentence(user_id):
        forgetting.forget(user_id, found.id)
        return ""
    card = cards.keep(found)
    return str(card) if card and card.stripe_id == found.id else ""
