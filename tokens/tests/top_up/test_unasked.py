"""Nobody is charged unasked: on a card they did not agree to, above a limit lowered meanwhile, or while locked out."""

from dataclasses import replace

import pytest

from tokens.emails import outbox
from tokens.models import AutoTopUp, CardWish, Mail, Purchase, SavedCard, TopUp
from tokens.purchases import checkout
from tokens.stripe_api import saved_cards
from tokens.testing.buying import buy
from tokens.testing.sandbox import HERE
from tokens.testing.topping_up import STARTER, agree, paid, save_card, spend_to, turn_on, work
from tokens.top_up import charging, consent, deciding, forgetting
from tokens.top_up.saving import WHILE_OFF

MASTERCARD = "5555555555554444"


@pytest.fixture
def on(sandbox, alice):
    buy(sandbox, alice)
    return turn_on(alice)


def charged_with(user):
    """The last digits of each card that paid for a top-up of this user."""
    return list(TopUp.objects.filter(user=user, status="done").order_by("pk").values_list("card", flat=True))


def test_a_purchase_that_was_paid_late_does_not_replace_the_card_agreed_to(sandbox, alice):
    purchase = checkout.open_checkout(alice.pk, "pro", buyer=HERE, card_wish=WHILE_OFF)
    turn_on(alice)
    work()
    sandbox.pay(purchase, card=MASTERCARD)
    sandbox.deliver(sandbox.event(purchase))
    work()
    assert (SavedCard.objects.get().last4, CardWish.objects.get().card) == ("4242", "")
    assert [card.last4 for card in saved_cards.list_cards(alice.stripe_customer.stripe_id)] == ["4242"]
    spend_to(alice, 0)
    work()
    assert charged_with(alice) == ["Visa ending in 4242"] * 2


def test_an_account_that_is_locked_buys_nothing_whenever_it_was_locked(alice, on):
    spend_to(alice, 0)
    deciding.order_next()
    alice.is_active = False
    alice.save()
    work()
    assert paid(alice) == []
    assert AutoTopUp.objects.get().off_reason == "closing"


def test_an_account_that_is_locked_orders_nothing(alice, on):
    spend_to(alice, 0)
    alice.is_active = False
    alice.save()
    work()
    assert (paid(alice), TopUp.objects.count(), AutoTopUp.objects.get().is_on) == ([], 0, False)


def test_a_limit_that_is_lowered_after_the_order_holds(alice, on):
    agree(alice, replace(STARTER, monthly_limit_cents=2000))
    spend_to(alice, 0)
    work()
    spend_to(alice, 0)
    deciding.order_next()
    consent.change(alice.pk, replace(STARTER, monthly_limit_cents=1000), is_on=True)
    work()
    assert paid(alice) == [1000]
    assert Purchase.objects.get(top_up__status="given_up").status == "expired"


def test_a_card_that_is_replaced_while_it_is_charged_leaves_the_turn_to_the_new_one(clock, alice, on, monkeypatch):
    spend_to(alice, 0)
    real = saved_cards.charge_away

    def replaced_meanwhile(*args, **kwargs):
        monkeypatch.undo()
        save_card(alice, MASTERCARD)
        forgetting.forget_next()
        return real(*args, **kwargs)

    monkeypatch.setattr(saved_cards, "charge_away", replaced_meanwhile)
    deciding.order_next()
    charging.charge_next()
    assert (paid(alice), AutoTopUp.objects.get().is_on) == ([], True)
    clock.forward(minutes=1)
    work()
    assert (paid(alice), charged_with(alice)) == ([1000], ["Mastercard ending in 4444"])
    assert "Paid with: Mastercard ending in 4444" in text_of_receipt(alice)


def text_of_receipt(user):
    outbox.send_due()
    return Mail.objects.filter(user=user, kind="top_up_done").latest("pk").text
