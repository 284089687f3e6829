"""Automatic top-up for tests: a card at hand, terms agreed to."""

from django.utils import timezone

from tokens.ledger.wallet import read_wallet
from tokens.models import SavedCard
from tokens.top_up import consent
from tokens.top_up.consent import Terms

STARTER = Terms("starter", 20, 3000)


def card_row(user, **values):
    """The row of a card, of which no Stripe knows."""
    fresh = {"stripe_id": f"pm_{user.pk}", "brand": "Visa", "last4": "4242", "exp_month": 12, "exp_year": 2040}
    return SavedCard.objects.create(user=user, **{**fresh, "saved_at": timezone.now(), **values})


def agree(user, terms=STARTER):
    """Turn it on as the page does, once the sentence was read and ticked."""
    text = consent.offer(user.pk, terms, read_wallet(user.pk)).sentence
    return consent.agree(user.pk, terms, text=text, address="192.0.2.7")
