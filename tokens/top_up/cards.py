"""The card that automatic top-up charges: saved on Stripe's page, kept up to date, removed."""

from __future__ import annotations

import uuid
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.urls import reverse

from tokens.errors import NoSuchObject, NotOurs
from tokens.idempotency import one_at_a_time
from tokens.ledger.wallet import lock_wallet
from tokens.models import AutoTopUp, SavedCard, StripeCustomer
from tokens.stripe_api import saved_cards
from tokens.stripe_api.customers import with_customer
from tokens.stripe_api.pointers import own_id, part
from tokens.top_up import emails, forgetting
from tokens.top_up.errors import NoSavedCard
from tokens.top_up.switching import turn_off
from tokens.transactions import money_transaction

Data = dict[str, Any]
# Stripe's metadata of the page on which a card is saved.
MARK = "saves_card_of"


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
    """Ask Stripe what a page of this user's saved; None while it has saved none, and for one removed since.

    Raises NoSavedCard, StripeFailed.
    """
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
def keep(found: saved_cards.SavedCard) -> SavedCard | None:
    """The card that is kept from now on: this one, or the one before if that is newer; Stripe forgets the other.

    None for a card that was replaced or removed since, and for an account that was closed. It turns nothing on. The
    customer is told: whoever saves a card in their name can't do it unseen. Raises NotOurs.
    """
    owner = StripeCustomer.objects.filter(stripe_id=found.customer_id).first()
    if owner is None:
        raise NotOurs("It saved no card of a customer of this shop.")
    lock_wallet(owner.user_id)
    known = SavedCard.objects.of(owner.user_id)
    if known and known.stripe_id == found.id:
        return known
    if forgetting.is_to_be_forgotten(found.id):
        return None
    if (known and known.saved_at > found.made_at) or not _is_open(owner.user_id):
        forgetting.forget(owner.user_id, found.id)
        return known
    before = str(known or "")
    if known:
        forgetting.forget(owner.user_id, known.stripe_id)
    facts = {name: getattr(found, name) for name in saved_cards.FACTS} | {"brand": _name_of(found.brand)}
    values = {**facts, "stripe_id": found.id, "saved_at": found.made_at}
    card, _ = SavedCard.objects.update_or_create(user_id=owner.user_id, defaults=values)
    emails.card_saved(card, before=before)
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
    forgetting.note_forgotten(card.user_id, card.stripe_id)
    card.delete()


@money_transaction
def remove(user_id: int, why: AutoTopUp.Off = AutoTopUp.Off.CUSTOMER) -> bool:
    """Turn automatic top-up off, charge the card no more, and have Stripe forget it; whether there was one."""
    lock_wallet(user_id)
    turn_off(user_id, why)
    card = SavedCard.objects.of(user_id)
    if card is None:
        return False
    forgetting.forget(user_id, card.stripe_id)
    card.delete()
    return True


def _is_open(user_id: int) -> bool:
    """Whether the account is in use. Read under the wallet's lock, which closing takes too."""
    return get_user_model().objects.filter(pk=user_id, is_active=True).exists()


def _name_of(brand: str) -> str:
    return {"amex": "American Express", "jcb": "JCB"}.get(brand, brand.replace("_", " ").title())[:30]
