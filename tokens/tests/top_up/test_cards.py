"""The card: saved on Stripe's page and heard of by its event too, changed by its bank, removed by whoever may."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from soulfra.privacy.closing import close
from stripe_sandbox import testing
from tokens.models import AutoTopUp, CardToForget, Mail, SavedCard, StripeCustomer, TopUpConsent
from tokens.stripe_api import saved_cards
from tokens.testing.buying import buy
from tokens.testing.topping_up import agree, answer_bank, paid, save_card, spend_to, turn_on, work
from tokens.top_up import cards
from tokens.top_up.errors import NoSavedCard

PAGE = "/tokens/auto-top-up"


def open_page(page):
    address = page.post(f"{PAGE}/card")["Location"]
    return address.rpartition("/")[2]


def test_the_page_leads_to_stripe_and_back_with_a_card(sandbox, alice, alice_page):
    session_id = open_page(alice_page)
    back = f"{PAGE}/card/saved?session_id={session_id}"
    assert "Save a card" in alice_page.get(back, follow=True).text  # nothing saved yet
    testing.pay(session_id)
    assert "Visa ending in 4242" in alice_page.get(back, follow=True).text
    card = SavedCard.objects.get(user=alice)
    assert (card.last4, card.exp_month) == ("4242", 12)
    assert saved_cards.retrieve_card(card.stripe_id)


def test_the_event_alone_saves_it(sandbox, alice, alice_page):
    session_id = open_page(alice_page)
    testing.pay(session_id)
    (event,) = testing.events_of(session_id, type="checkout.session.completed")
    for _ in range(2):
        assert sandbox.deliver(event).status_code == 200
    assert SavedCard.objects.get(user=alice).last4 == "4242"


def test_a_card_is_saved_by_nobody_else(sandbox, alice, bob, alice_page, client):
    session_id = open_page(alice_page)
    testing.pay(session_id)
    client.force_login(bob)
    assert client.get(f"{PAGE}/card/saved", {"session_id": session_id}).status_code == 409
    with pytest.raises(NoSavedCard):
        cards.save_from(session_id, bob.pk)
    for odd in ("", "cs_nobody", "x\x00y", "../../v1/customers"):
        assert client.get(f"{PAGE}/card/saved", {"session_id": odd}).status_code in (302, 502)
    assert not SavedCard.objects.exists()


def test_the_event_of_an_older_card_does_not_bring_it_back(sandbox, alice, alice_page, clock):
    older = open_page(alice_page)
    testing.pay(older)
    clock.forward(minutes=1)
    newer = open_page(alice_page)
    testing.pay(newer, card="5555555555554444")
    cards.save_from(newer, alice.pk)
    sandbox.deliver(testing.events_of(older, type="checkout.session.completed")[0])
    assert SavedCard.objects.get(user=alice).last4 == "4444"


def test_the_bank_of_a_card_gives_it_another_date(sandbox, alice):
    card = save_card(alice)
    method = next(each for each in testing.objects("payment_method") if each["id"] == card.stripe_id)
    cards.note_change({**method, "card": {**method["card"], "exp_year": 2041, "last4": "4243"}})
    card.refresh_from_db()
    assert (card.exp_year, card.last4) == (2041, "4243")


def test_a_card_that_is_removed_at_stripe_turns_it_off(sandbox, alice):
    buy(sandbox, alice)
    turn_on(alice)
    card = SavedCard.objects.get()
    saved_cards.detach(card.stripe_id)
    (event,) = testing.events_of(card.stripe_id, type="payment_method.detached")
    sandbox.deliver(event)
    assert AutoTopUp.objects.get().off_reason == "card_removed"
    assert not SavedCard.objects.exists()
    assert Mail.objects.filter(kind="top_up_off").count() == 1


def test_a_card_that_is_removed_here_is_forgotten_there(sandbox, alice, alice_page):
    buy(sandbox, alice)
    turn_on(alice)
    stripe_id = SavedCard.objects.get().stripe_id
    alice_page.post(f"{PAGE}/card/remove")
    assert not AutoTopUp.objects.get().is_on
    with pytest.raises(NoSavedCard):
        agree(alice)
    testing.fail_api(call="POST /v1/payment_methods/*", status=500, times=3)
    work()
    assert saved_cards.retrieve_card(stripe_id)  # asked for again later
    CardToForget.objects.update(next_try_at=timezone.now())
    work()
    assert saved_cards.retrieve_card(stripe_id) is None
    assert not SavedCard.objects.exists()


def test_a_card_that_is_replaced_is_forgotten_there_too_and_the_customer_told(sandbox, alice):
    older = save_card(alice)
    newer = save_card(alice, "5555555555554444")
    for _ in range(2):
        work()
    assert [card.last4 for card in saved_cards.list_cards(str(StripeCustomer.objects.get().stripe_id))] == ["4444"]
    first, second = Mail.objects.filter(kind="card_saved").order_by("pk")
    assert first.subject == "Visa ending in 4242 saved for automatic top-up"
    assert "in place of Visa ending in 4242" in second.text
    assert "only if you turn that on" in second.text
    assert (older.stripe_id, newer) == (CardToForget.objects.get().stripe_id, SavedCard.objects.get())


def test_a_card_is_replaced_while_stripe_refuses_and_forgotten_later(sandbox, alice):
    older = save_card(alice)
    save_card(alice, "5555555555554444")
    testing.fail_api(call="POST /v1/payment_methods/*", status=403, times=1)
    work()
    now = timezone.now()
    assert CardToForget.objects.filter(next_try_at__gt=now, next_try_at__lt=now + timedelta(minutes=2)).exists()
    CardToForget.objects.update(next_try_at=timezone.now())
    work()
    assert saved_cards.retrieve_card(older.stripe_id) is None


@pytest.mark.parametrize("is_forgotten", [False, True])
def test_nothing_late_brings_a_removed_card_back(sandbox, alice, alice_page, is_forgotten):
    session_id = open_page(alice_page)
    testing.pay(session_id)
    (event,) = testing.events_of(session_id, type="checkout.session.completed")
    found: Any = saved_cards.card_of_setup(session_id)
    cards.keep(found)
    cards.remove(alice.pk)
    if is_forgotten:
        work()
    assert cards.keep(found) is None  # asked of Stripe before it was forgotten there
    assert sandbox.deliver(event).status_code == 200
    assert alice_page.get(f"{PAGE}/card/saved?session_id={session_id}").status_code == 302
    assert not SavedCard.objects.exists()


def test_a_page_that_was_open_when_its_account_was_closed_saves_nothing(sandbox, alice, alice_page):
    session_id = open_page(alice_page)
    close(alice)
    testing.pay(session_id)
    found: Any = saved_cards.card_of_setup(session_id)
    assert sandbox.deliver(testing.events_of(session_id, type="checkout.session.completed")[0]).status_code == 200
    work()
    assert not SavedCard.objects.exists()
    assert saved_cards.retrieve_card(found.id) is None


def test_an_account_that_is_closed_is_charged_no_more_and_its_card_forgotten(sandbox, alice):
    turn_on(alice)
    work()
    stripe_id = SavedCard.objects.get().stripe_id
    close(alice)
    work()
    assert paid(alice) == [1000]
    assert AutoTopUp.objects.get().off_reason == "closing"
    assert not SavedCard.objects.exists()
    assert saved_cards.retrieve_card(stripe_id) is None
    assert TopUpConsent.objects.get().address is None


def test_saving_a_card_may_need_the_bank(sandbox, alice, alice_page):
    session_id = open_page(alice_page)
    paying = testing.pay(session_id, card="4000002500003155")
    if paying["status"] != "complete":
        intent = next(each for each in testing.objects("setup_intent") if each["id"] == paying["setup_intent"])
        answer_bank(intent["next_action"]["redirect_to_url"]["url"], "approve")
    assert cards.save_from(session_id, alice.pk)
    agree(alice)
    work()
    assert paid(alice) == [1000]
    assert StripeCustomer.objects.get(user=alice).stripe_id
    spend_to(alice, 99)
