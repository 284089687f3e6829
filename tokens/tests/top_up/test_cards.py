"""The card: saved on Stripe's page and heard of by its event too, changed by its bank, removed by whoever may."""

import pytest

from soulfra.privacy.closing import close
from stripe_sandbox import testing
from tokens.models import AutoTopUp, Mail, SavedCard, StripeCustomer, TopUpConsent
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
    testing.fail_api(call="POST /v1/payment_methods/*", status=500, times=3)
    work()
    assert SavedCard.objects.get().remove_at  # asked for again later
    with pytest.raises(NoSavedCard):
        agree(alice)
    SavedCard.objects.update(remove_at="2026-01-01T00:00:00Z")
    work()
    assert not SavedCard.objects.exists()
    assert saved_cards.retrieve_card(stripe_id) is None


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
