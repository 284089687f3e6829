"""Emails about disputes: one when tokens are frozen, and none for an inquiry."""

import pytest

from stripe_sandbox import testing
from tokens.models import Mail
from tokens.purchases.refunds import refund
from tokens.testing.dispute_news import deliver_disputes
from tokens.testing.letters import facts, only_email, told

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("seed", [None, 1, 2])
def test_a_dispute_that_freezes_tokens_is_told_once(sandbox, alice, bought, seed):
    testing.dispute(bought.stripe_payment_intent_id, amount=1000)
    deliver_disputes(sandbox, bought, seed=seed)
    email = only_email()
    assert (email.kind, email.subject) == ("dispute_frozen", "A payment of $10.00 is disputed")
    assert {"Removed from your balance": "125", "Frozen": "375", "Available": "0"}.items() <= facts(email).items()


def test_a_dispute_tells_of_its_own_tokens_and_of_frozen_ones_only_if_there_are(sandbox, alice, bought):
    refund(bought, amount_cents=800, reason="as agreed", by=None)
    testing.dispute(bought.stripe_payment_intent_id, amount=3200)
    deliver_disputes(sandbox, bought)
    email = Mail.objects.get(kind="dispute_frozen")
    assert facts(email)["Removed from your balance"] == "400"
    for text in (email.text, email.html):
        assert "rozen" not in text


def test_an_inquiry_is_not_told(sandbox, alice, bought):
    testing.dispute(bought.stripe_payment_intent_id, inquiry=True)
    deliver_disputes(sandbox, bought)
    assert told(alice) == []


def test_a_dispute_that_is_won_and_told_again_sends_no_second_email(sandbox, alice, bought):
    dispute = testing.dispute(bought.stripe_payment_intent_id)
    deliver_disputes(sandbox, bought)
    testing.close_dispute(dispute["id"], won=True)
    deliver_disputes(sandbox, bought, seed=3)
    assert told(alice) == ["dispute_frozen"]


def test_a_dispute_heard_of_before_the_payment_is_told_after_the_receipt(sandbox, alice):
    purchase = sandbox.buy(alice)
    purchase.stripe_payment_intent_id = sandbox.pay(purchase)["payment_intent"]
    testing.dispute(purchase.stripe_payment_intent_id)
    deliver_disputes(sandbox, purchase)
    assert told(alice) == []
    sandbox.deliver(sandbox.event(purchase))
    deliver_disputes(sandbox, purchase)
    assert told(alice) == ["purchase_completed", "dispute_frozen"]
