"""The card of automatic top-up and a membership's: removing the one must not leave the other unpaid."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from memberships.models import Subscription
from memberships.testing.members import Member
from tokens.models import CardToForget, SavedCard, StripeCustomer
from tokens.stripe_api import gateway, saved_cards
from tokens.testing.topping_up import save_card, work
from tokens.top_up import cards

pytestmark = pytest.mark.django_db


def tell_stripe(card, *, which):
    """As the Billing Portal does, where the customer chooses the card for the membership or for all invoices."""
    v1 = gateway.client().v1
    if which == "subscription":
        default: Any = {"default_payment_method": card.stripe_id}
        v1.subscriptions.update(Subscription.objects.get().stripe_id, params=default)
    else:
        own = v1.subscriptions.retrieve(Subscription.objects.get().stripe_id).default_payment_method
        saved_cards.detach(str(own))
        settings: Any = {"invoice_settings": {"default_payment_method": card.stripe_id}}
        v1.customers.update(str(StripeCustomer.objects.get().stripe_id), params=settings)


@pytest.mark.parametrize("which", ["subscription", "customer"])
def test_a_card_that_pays_for_a_membership_is_forgotten_when_that_is_over(sandbox, alice, which):
    member = Member(sandbox, alice)
    member.subscribe("pro")
    card = save_card(alice)
    tell_stripe(card, which=which)
    cards.remove(alice.pk)
    work()
    assert saved_cards.retrieve_card(card.stripe_id)
    assert CardToForget.objects.filter(next_try_at__gt=timezone.now() + timedelta(hours=23)).count() == 1
    assert not SavedCard.objects.exists()

    gateway.client().v1.subscriptions.cancel(Subscription.objects.get().stripe_id)
    CardToForget.objects.update(next_try_at=timezone.now())
    work()
    assert saved_cards.retrieve_card(card.stripe_id) is None


def test_the_card_of_a_membership_is_not_saved_for_top_up(sandbox, alice):
    Member(sandbox, alice).subscribe("pro")
    work()
    assert not SavedCard.objects.exists()
