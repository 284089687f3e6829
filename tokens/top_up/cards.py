"""The card that automatic top-up charges: saved on Stripe's page, kept up to date, removed."""

from __future__ import annotations

import logging
import uuid
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from tokens import leases
from tokens.errors import NoSavedCard, NotOurs, StripeFailed, StripeUnreachable
from tokens.idempotency import one_at_a_time
from tokens.jobs import works
from tokens.models import AutoTopUp, SavedCard, StripeCustomer
from tokens.stripe_api import saved_cards
from tokens.stripe_api.customers import with_customer
from tokens.stripe_api.pointers import id_in, own_id, part
from tokens.top_up.switching import turn_off
from tokens.transactions import money_transaction

log = logging.getLogger(__name__)

Data = dict[str, Any]
# Stripe's metadata of the page on which a card is saved.
MARK = "saves_card_of"
LEASE = timedelta(minutes=3)


@one_at_a_time()
def open_page(user_id: int, *, origin: str) -> str:
    """The address of Stripe's page that saves a card, and then leads back. Raises StripeFailed, CallUnderWay."""
    here = origin + reverse("tokens:auto_top_up")
    key = f"setup:{uuid.uuid4()}"

    def ask(customer: str) -> Data:
        return saved_cards.open_setup_page(
            customer,
            metadata={MARK: str(user_id)},
            success_url=f"{origin}{reverse('tokens:auto_top_up_card_saved')}?session_id={{CHECKOUT_SESSION_ID}}",
            cancel_url=here,
            idempotency_key=f"{key}:{customer}",
        )

    return str(with_customer(user_id, ask)["url"])


def save_from(session: Data) -> SavedCard | None:
    """Keep the card that a page (plain data, its card in whole) saved; None while it has saved none.

    The newest card is the one that is charged. Raises NotOurs for a page that is not this shop's.
    """
    named = part(session, "metadata").get(MARK, "")
    customer = id_in(session, "customer")
    owner = StripeCustomer.objects.filter(stripe_id=customer or "").first()
    if not (named.isdecimal() and owner and str(owner.user_id) == named):
        raise NotOurs("It saved no card of a customer of this shop.")
    found = part(session, "setup_intent", "payment_method")
    if session["status"] != "complete" or not found or not part(found, "card"):
        return None
    return _keep(owner.user_id, found)


def refresh_from(session_id: str, user_id: int) -> SavedCard | None:
    """Ask Stripe what a page of this user's saved, without waiting for its event. Raises StripeFailed."""
    session = saved_cards.retrieve_setup_page(session_id)
    if part(session, "metadata").get(MARK) != str(user_id):
        raise NoSavedCard("This page saved no card of yours.")
    return save_from(session)


def with_card(session: Data) -> Data:
    """For an event of a page that saves a card: the page with the card in whole. Raises NotOurs, StripeFailed."""
    if session["mode"] != "setup" or MARK not in part(session, "metadata"):
        raise NotOurs("It is no page of this shop that saves a card.")
    return saved_cards.retrieve_setup_page(session["id"])


@money_transaction
def note_change(method: Data) -> None:
    """The bank gave the card another number or date (plain data). Raises NotOurs."""
    if not SavedCard.objects.filter(stripe_id=own_id(method) or "").update(**_facts(method)):
        raise NotOurs("It is no card that automatic top-up charges.")


@money_transaction
def note_detached(method: Data) -> None:
    """Stripe has forgotten the card, so nothing is charged any more. Raises NotOurs."""
    card = SavedCard.objects.filter(stripe_id=own_id(method) or "").first()
    if card is None:
        raise NotOurs("It is no card that automatic top-up charges.")
    turn_off(card.user_id, AutoTopUp.Off.CARD_REMOVED)
    card.delete()


@money_transaction
def remove(user_id: int, why: AutoTopUp.Off = AutoTopUp.Off.CUSTOMER) -> bool:
    """Turn automatic top-up off, charge the card no more, and have Stripe forget it; whether there was one."""
    turn_off(user_id, why)
    return bool(SavedCard.objects.filter(user=user_id, remove_at=None).update(remove_at=timezone.now()))


@works("removed cards forgotten at Stripe")
def forget_next() -> bool:
    """Ask Stripe to forget one card that was removed; whether there was one."""
    now = timezone.now()
    row = leases.take(SavedCard.objects.filter(remove_at__lte=now), lambda row: {"remove_at": now + LEASE})
    if row is None:
        return False
    try:
        saved_cards.detach(row.stripe_id)
    except StripeUnreachable as error:
        log.warning("The card of user %s is forgotten later: %s", row.user_id, error)
        return True
    except StripeFailed as error:  # it was forgotten before, or its customer was
        log.info("The card of user %s is gone at Stripe: %s", row.user_id, error)
    SavedCard.objects.filter(pk=row.pk, stripe_id=row.stripe_id, remove_at__isnull=False).delete()
    return True


def _keep(user_id: int, method: Data) -> SavedCard:
    """Keep this card in place of the one before; the same again changes nothing."""
    known = SavedCard.objects.filter(user=user_id, stripe_id=method["id"], remove_at=None).first()
    if known:
        return known
    values = {**_facts(method), "stripe_id": method["id"], "saved_at": timezone.now(), "remove_at": None}
    card, _ = SavedCard.objects.update_or_create(user_id=user_id, defaults=values)
    return card


def _facts(method: Data) -> Data:
    card = part(method, "card")
    brand = str(card.get("display_brand") or card.get("brand") or "card").replace("_", " ").title()[:30]
    return {"brand": brand, "last4": card["last4"], "exp_month": card["exp_month"], "exp_year": card["exp_year"]}


def is_offered() -> bool:
    """Whether this shop has automatic top-up: Stripe works out tax on its own page only."""
    return not settings.STRIPE_TAX
