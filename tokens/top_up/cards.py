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
from tokens.errors import NoSuchObject, NotOurs, StripeFailed, StripeUnreachable
from tokens.idempotency import one_at_a_time
from tokens.jobs import works
from tokens.ledger.wallet import lock_wallet
from tokens.models import AutoTopUp, SavedCard, StripeCustomer
from tokens.stripe_api import saved_cards
from tokens.stripe_api.customers import with_customer
from tokens.stripe_api.pointers import own_id, part
from tokens.top_up.errors import NoSavedCard
from tokens.top_up.switching import turn_off
from tokens.transactions import money_transaction

log = logging.getLogger(__name__)

Data = dict[str, Any]
# Stripe's metadata of the page on which a card is saved.
MARK = "saves_card_of"
LEASE = timedelta(minutes=3)


def is_offered() -> bool:
    """Whether this shop has automatic top-up: Stripe works out tax on its own page only."""
    return not settings.STRIPE_TAX


@one_at_a_time()
def open_page(user_id: int, *, origin: str) -> str:
    """The address of Stripe's page that saves a card, and then leads back. Raises StripeFailed, CallUnderWay."""
    key = uuid.uuid4()

    def ask(customer: str) -> saved_cards.SetupPage:
        return saved_cards.open_setup_page(
            customer,
            metadata={MARK: str(user_id)},
            success_url=f"{origin}{reverse('tokens:auto_top_up_card_saved')}?session_id={{CHECKOUT_SESSION_ID}}",
            cancel_url=origin + reverse("tokens:auto_top_up"),
            idempotency_key=f"setup:{key}:{customer}",
        )

    return with_customer(user_id, ask).url


def save_from(session_id: str, user_id: int) -> SavedCard | None:
    """Ask Stripe what a page of this user's saved; None while it has saved none. Raises NoSavedCard, StripeFailed."""
    try:
        found = saved_cards.card_of_setup(session_id) if session_id.isprintable() else None
    except NoSuchObject:
        found = None
    if found is None:
        return None
    if not StripeCustomer.objects.filter(user=user_id, stripe_id=found.customer_id).exists():
        raise NoSavedCard("This page saved no card of yours.")
    return keep(found)


def of_page(session: Data) -> saved_cards.SavedCard:
    """For the event of a page: the card that it saved. Raises NotOurs, StripeFailed."""
    session_id = own_id(session)
    if session_id is None or session.get("mode") != "setup" or MARK not in part(session, "metadata"):
        raise NotOurs("It is no page of this shop that saves a card.")
    found = saved_cards.card_of_setup(session_id)
    if found is None:  # it has been removed since
        raise NotOurs("The card that it saved is nobody's.")
    return found


@money_transaction
def keep(found: saved_cards.SavedCard) -> SavedCard:
    """Keep this card in place of the one before, unless that is newer. Raises NotOurs."""
    owner = StripeCustomer.objects.filter(stripe_id=found.customer_id).first()
    if owner is None:
        raise NotOurs("It saved no card of a customer of this shop.")
    lock_wallet(owner.user_id)
    known = SavedCard.objects.of(owner.user_id)
    if known and (known.stripe_id == found.id or known.saved_at > found.made_at):
        return known
    facts = {name: getattr(found, name) for name in saved_cards.FACTS} | {"brand": _name_of(found.brand)}
    values = {**facts, "stripe_id": found.id, "saved_at": found.made_at, "remove_at": None}
    card, _ = SavedCard.objects.update_or_create(user_id=owner.user_id, defaults=values)
    return card


@money_transaction
def note_change(method: Data) -> None:
    """The bank gave the card another number or date (plain data). Raises NotOurs."""
    card = part(method, "card")
    facts = {name: card[name] for name in saved_cards.FACTS if name != "brand" and name in card}
    if not facts or not SavedCard.objects.filter(stripe_id=own_id(method) or "").update(**facts):
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
    except StripeFailed as error:
        log.error("Stripe does not forget the card of user %s: %s", row.user_id, error)
    SavedCard.objects.filter(pk=row.pk, stripe_id=row.stripe_id, remove_at__isnull=False).delete()
    return True


def _name_of(brand: str) -> str:
    return {"amex": "American Express", "jcb": "JCB"}.get(brand, brand.replace("_", " ").title())[:30]
