"""Money that goes back, or may: nothing more is taken by itself, and the customer hears why."""

import pytest

from stripe_sandbox import testing
from tokens.ledger.wallet import read_wallet
from tokens.models import AutoTopUp, Mail, Purchase
from tokens.testing.buying import buy
from tokens.testing.dispute_news import deliver_disputes
from tokens.testing.topping_up import agree, paid, spend_to, turn_on, work
from tokens.top_up import charging, deciding, settling


@pytest.fixture
def topped(sandbox, alice):
    """A top-up that was bought, and a purchase by hand before it."""
    buy(sandbox, alice)
    turn_on(alice)
    spend_to(alice, 0)
    work()
    return Purchase.objects.get(top_up__user=alice)


@pytest.mark.parametrize("which", ["the top-up", "another purchase"])
def test_a_dispute_turns_it_off(sandbox, alice, topped, which):
    purchase = topped if which == "the top-up" else Purchase.objects.get(user=alice, top_up=None)
    testing.dispute(purchase.stripe_payment_intent_id)
    deliver_disputes(sandbox, purchase)
    work()
    assert AutoTopUp.objects.get().off_reason == "dispute"
    assert paid(alice) == [1000]
    assert "a payment was disputed" in Mail.objects.get(kind="top_up_off").text


def test_more_of_the_same_dispute_does_not_turn_off_what_was_agreed_to_again(sandbox, alice, topped):
    testing.dispute(topped.stripe_payment_intent_id)
    deliver_disputes(sandbox, topped)
    agree(alice)
    deliver_disputes(sandbox, topped)
    assert AutoTopUp.objects.get().is_on


def test_a_fraud_warning_turns_it_off(sandbox, alice, topped):
    testing.warn(topped.stripe_payment_intent_id)
    deliver_disputes(sandbox, topped)
    assert AutoTopUp.objects.get().off_reason == "fraud_warning"
    work()
    assert paid(alice) == [1000]


def test_a_refund_made_in_stripes_dashboard_turns_it_off(sandbox, alice, topped):
    testing.refund(topped.stripe_payment_intent_id, 1000)
    for event in testing.events_since(None):
        if event["type"] == "charge.refunded":
            sandbox.deliver(event)
    assert AutoTopUp.objects.get().off_reason == "refund"
    assert read_wallet(alice.pk).balance == 0
    work()
    assert paid(alice) == [1000]


def test_a_dispute_of_what_was_charged_and_not_heard_of_is_not_lost(sandbox, alice, topped, monkeypatch):
    """The events of the dispute come before that of the payment, in a shop whose worker died over the charge."""
    spend_to(alice, 0)
    deciding.order_next()
    with monkeypatch.context() as patched:
        patched.setattr(settling, "settle", lambda intent: topped)
        charging.charge_next()
    second = Purchase.objects.filter(top_up__user=alice).latest("pk")
    assert second.status == "pending"
    testing.dispute(second.stripe_payment_intent_id)
    deliver_disputes(sandbox, second)
    (event,) = testing.events_of(second.stripe_payment_intent_id, type="payment_intent.succeeded")
    sandbox.deliver(event)
    second.refresh_from_db()
    assert (second.status, second.tokens_reversed) == ("completed", 100)
    assert AutoTopUp.objects.get().off_reason == "dispute"
