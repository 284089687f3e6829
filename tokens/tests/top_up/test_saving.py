"""A card saved by a tick at a purchase: known once the purchase is paid, and charged by nothing but consent."""

import re
from typing import Any

import pytest
from django.utils import timezone

from stripe_sandbox import testing
from tokens.ledger.wallet import read_wallet
from tokens.models import AutoTopUp, CardToForget, CardWish, Mail, Purchase, SavedCard, TopUp
from tokens.purchases import checkout
from tokens.stripe_api import saved_cards
from tokens.testing.races import at_once
from tokens.testing.sandbox import HERE
from tokens.testing.topping_up import agree, paid, save_card, spend_to, work
from tokens.top_up import cards, saving
from tokens.top_up.saving import WHILE_OFF, WHILE_ON

REFUSED, ASKS, BANK = "4000000000000002", "4000002500003155", "000123456789"


def order(page, *, tick=True, package="starter"):
    """The purchase that a click on the page opens."""
    given = {"package": package} | ({"save_card": WHILE_OFF} if tick else {})
    assert page.post("/tokens/purchase", given).status_code == 303
    return Purchase.objects.latest("pk")


def hear(sandbox, purchase, *, times=1):
    for _ in range(times):
        assert sandbox.deliver(sandbox.event(purchase)).status_code == 200


def cards_at_stripe(user):
    return [card.last4 for card in saved_cards.list_cards(user.stripe_customer.stripe_id)]


def test_a_tick_saves_the_card_that_pays_and_turns_nothing_on(sandbox, alice, alice_page):
    assert WHILE_OFF in alice_page.get("/tokens/").text.replace("&#x27;", "'")
    purchase = order(alice_page)
    sandbox.pay(purchase)
    hear(sandbox, purchase)
    assert not SavedCard.objects.exists()
    work()
    assert (SavedCard.objects.get().last4, CardWish.objects.get().text) == ("4242", WHILE_OFF)
    assert "Visa ending in 4242" in alice_page.get("/tokens/auto-top-up").text
    assert "Save my card" not in alice_page.get("/tokens/").text
    assert Mail.objects.get(kind="card_saved").subject == "Visa ending in 4242 saved for automatic top-up"
    spend_to(alice, 0)
    work()
    assert [AutoTopUp.objects.count(), TopUp.objects.count()] == [0, 0]
    assert (read_wallet(alice.pk).balance, paid(alice)) == (0, [])


def test_what_was_saved_so_is_charged_without_the_customer(sandbox, alice, alice_page):
    purchase = order(alice_page)
    sandbox.pay(purchase, card=ASKS)  # its bank asks once, now, and not for what it was set up for
    hear(sandbox, purchase)
    work()
    agree(alice)
    spend_to(alice, 0)
    work()
    assert paid(alice) == [1000]


def test_without_the_tick_nothing_is_saved(sandbox, alice, alice_page):
    purchase = order(alice_page, tick=False)
    sandbox.pay(purchase)
    hear(sandbox, purchase)
    work()
    assert [CardWish.objects.count(), SavedCard.objects.count()] == [0, 0]
    assert cards_at_stripe(alice) == []


def test_the_success_page_says_which_card_was_saved_though_no_event_came(sandbox, alice, alice_page):
    purchase = order(alice_page)
    sandbox.pay(purchase)
    address = f"/tokens/success?session_id={purchase.stripe_checkout_session_id}"
    for _ in range(2):
        assert "Visa ending in 4242" in alice_page.get(address).text
    hear(sandbox, purchase, times=2)
    work()
    assert Mail.objects.filter(kind="card_saved").count() == SavedCard.objects.count() == 1


def test_a_stripe_that_does_not_answer_is_asked_again(sandbox, alice, alice_page):
    purchase = order(alice_page)
    sandbox.pay(purchase)
    hear(sandbox, purchase)
    testing.fail_api(call="GET /v1/payment_intents/*", status=403, times=2)
    address = f"/tokens/success?session_id={purchase.stripe_checkout_session_id}"
    assert "Being saved" in alice_page.get(address).text
    work()
    assert not SavedCard.objects.exists()
    CardWish.objects.update(next_try_at=timezone.now())
    work()
    assert SavedCard.objects.get().last4 == "4242"


def test_a_refused_card_saves_nothing_and_the_one_that_paid_is_saved(sandbox, alice, alice_page):
    purchase = order(alice_page)
    with pytest.raises(testing.Refused):
        sandbox.pay(purchase, card=REFUSED)
    work()
    assert (cards_at_stripe(alice), SavedCard.objects.count()) == ([], 0)
    sandbox.pay(purchase, card="5555555555554444")
    hear(sandbox, purchase)
    work()
    assert (cards_at_stripe(alice), SavedCard.objects.get().last4) == (["4444"], "4444")


def test_a_page_that_was_left_saves_nothing_and_is_looked_at_no_more(sandbox, alice, alice_page):
    checkout.close_pages(order(alice_page).user_id)
    work()
    wish = CardWish.objects.get()
    assert (wish.card, wish.next_try_at, SavedCard.objects.count()) == ("", None, 0)


def test_a_bank_account_is_not_saved_and_the_page_says_so(sandbox, alice, alice_page):
    purchase = order(alice_page)
    sandbox.pay(purchase, bank=BANK)
    address = f"/tokens/success?session_id={purchase.stripe_checkout_session_id}"
    assert "charges cards only, so your bank account wasn't saved" in text_of(alice_page.get(address))
    testing.settle(purchase.stripe_checkout_session_id)
    assert "None: you didn't pay by card." in text_of(alice_page.get(address))
    work()
    assert (CardWish.objects.get().card, CardWish.objects.get().next_try_at, SavedCard.objects.count()) == ("", None, 0)
    assert alice.stripe_customer.stripe_id not in [each["customer"] for each in testing.objects("payment_method")]


def test_whoever_changes_their_mind_about_the_tick_is_left_with_one_page(sandbox, alice, alice_page):
    without, ticked = order(alice_page, tick=False), order(alice_page)
    assert without.pk != ticked.pk == order(alice_page).pk
    without.refresh_from_db()
    assert without.status == "expired"
    with pytest.raises(testing.Refused):
        sandbox.pay(without)
    sandbox.pay(ticked)
    assert order(alice_page, tick=False).pk not in (without.pk, ticked.pk)
    ticked.refresh_from_db()
    assert ticked.status == "completed"  # what was paid meanwhile is credited, and its card saved
    work()
    assert SavedCard.objects.get().last4 == "4242"


def test_a_card_that_pays_replaces_one_that_has_expired_and_the_tick_says_what_it_does(sandbox, alice, alice_page):
    older = save_card(alice)
    agree(alice)
    work()
    SavedCard.objects.update(exp_year=2020)
    assert WHILE_ON in text_of(alice_page.get("/tokens/purchase?package=starter"))
    assert alice_page.post("/tokens/purchase", {"package": "starter", "save_card": WHILE_OFF}).status_code == 409
    assert alice_page.post("/tokens/purchase", {"package": "starter", "save_card": WHILE_ON}).status_code == 303
    purchase = Purchase.objects.latest("pk")
    sandbox.pay(purchase, card="5555555555554444")
    hear(sandbox, purchase)
    work()
    assert (SavedCard.objects.get().last4, CardToForget.objects.get().pk) == ("4444", older.stripe_id)
    assert (
        "charges this card from now on, at most $30.00 a month"
        in Mail.objects.filter(kind="card_saved").latest("pk").text
    )
    spend_to(alice, 0)
    work()
    assert paid(alice) == [1000, 1000]


def test_a_card_removed_meanwhile_is_not_brought_back(sandbox, alice, alice_page):
    purchase = order(alice_page)
    sandbox.pay(purchase)
    hear(sandbox, purchase)
    found: Any = saved_cards.card_of_payment(str(Purchase.objects.get().stripe_payment_intent_id))
    cards.keep(found)
    cards.remove(alice.pk)
    assert saving.keep_next()
    assert (SavedCard.objects.count(), CardWish.objects.get().card) == (0, "")


def test_an_older_payment_does_not_replace_a_newer_card(sandbox, alice, alice_page, clock):
    purchase = order(alice_page)
    sandbox.pay(purchase)
    clock.forward(minutes=1)
    save_card(alice, "5555555555554444")
    hear(sandbox, purchase)
    work()
    assert SavedCard.objects.get().last4 == "4444"
    assert cards_at_stripe(alice) == ["4444"]


def test_with_invoices_the_tick_saves_as_well(sandbox, alice, alice_page, settings):
    settings.STRIPE_INVOICES = True
    purchase = order(alice_page)
    sandbox.pay(purchase)
    hear(sandbox, purchase)
    work()
    assert SavedCard.objects.get().last4 == "4242"


def test_where_tax_is_charged_nobody_is_asked(sandbox, alice, alice_page, settings):
    settings.STRIPE_TAX = True
    assert "Save my card" not in alice_page.get("/tokens/").text
    assert alice_page.post("/tokens/purchase", {"package": "pro", "save_card": WHILE_OFF}).status_code == 409
    assert not Purchase.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_eight_look_at_once_and_the_card_is_saved_once(sandbox, alice):
    purchase = checkout.open_checkout(alice.pk, "starter", buyer=HERE, card_wish=WHILE_OFF)
    sandbox.pay(purchase)
    hear(sandbox, purchase)
    purchase.refresh_from_db()
    results = at_once(lambda number: saving.look(purchase) if number % 2 else saving.keep_next())
    assert [each for each in results if isinstance(each, Exception)] == []
    work()
    assert SavedCard.objects.count() == Mail.objects.filter(kind="card_saved").count() == 1
    assert not CardToForget.objects.exists()
    assert CardWish.objects.get().card == "Visa ending in 4242"


def text_of(response):
    return re.sub(r"\s+", " ", response.text.replace("&#x27;", "'"))


def test_whoever_has_to_try_again_need_not_tick_again(sandbox, alice, alice_page):
    testing.fail_api(call="POST /v1/checkout/sessions", status=500, times=3)
    refused = alice_page.post("/tokens/purchase", {"package": "starter", "save_card": WHILE_OFF})
    assert refused.status_code == 502
    assert f'name="save_card" value="{WHILE_OFF}"' in text_of(refused)


def test_programs_agree_to_no_saved_card(sandbox, alice, api):
    given = {"package": "starter", "save_card": WHILE_OFF}
    assert api(alice).post("/api/tokens/purchase", given, format="json").status_code == 400
    sandbox.pay(checkout.open_checkout(alice.pk, "starter", buyer=HERE))
    work()
    assert not SavedCard.objects.exists()
