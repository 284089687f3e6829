"""What is agreed to is one sentence; nothing is on without it, and nothing goes beyond it."""

import pytest

from tokens.ledger.wallet import read_wallet
from tokens.models import AutoTopUp, TokenPackage, TopUpConsent
from tokens.testing.buying import buy
from tokens.testing.topping_up import STARTER, agree, card_row
from tokens.top_up import consent, links, switching
from tokens.top_up.consent import Terms
from tokens.top_up.errors import ConsentNeeded, ConsentOutOfDate, InvalidTopUp, NoSavedCard, TopUpUnavailable

PAGE = "/tokens/auto-top-up"
API = "/api/tokens/auto-top-up"


def sentence_on(page):
    return page.context["offered"].sentence


def chosen(**other):
    return {"package": "starter", "threshold": "20", "monthly_limit": "30", **other}


def test_the_sentence_names_pack_price_threshold_limit_and_card(alice):
    card_row(alice)
    sentence = consent.offer(alice.pk, STARTER, read_wallet(alice.pk)).sentence
    for part in ("fewer than 20 tokens", "Visa ending in 4242", "$10.00", "Starter Pack", "100 tokens", "$30.00"):
        assert part in sentence
    assert "bought at once" in sentence


def test_the_page_turns_it_on_once_the_sentence_is_ticked(alice, alice_page):
    card_row(alice)
    text = sentence_on(alice_page.get(PAGE, chosen()))
    refused = alice_page.post(PAGE, chosen(text=text))
    assert refused.status_code == 400
    assert "Tick the box" in refused.text
    assert not AutoTopUp.objects.exists()
    alice_page.post(PAGE, chosen(text=text, agreed="on"), REMOTE_ADDR="192.0.2.7")
    auto = AutoTopUp.objects.get(user=alice)
    assert auto.is_on
    assert (auto.package_key, auto.threshold, auto.monthly_limit_cents) == ("starter", 20, 3000)
    agreed = TopUpConsent.objects.get()
    assert (agreed.text, agreed.address, auto.consent) == (text, "192.0.2.7", agreed)
    assert "at most $30.00 a month" in alice_page.get("/tokens/").text
    assert "Automatic top-up is on" in alice_page.get("/accounts/").text


def test_a_sentence_that_would_be_another_now_is_shown_again(alice, alice_page):
    card_row(alice)
    text = sentence_on(alice_page.get(PAGE, chosen()))
    TokenPackage.objects.filter(key="starter").update(price_cents=1100)
    page = alice_page.post(PAGE, chosen(text=text, agreed="on"))
    assert page.status_code == 409
    assert "$11.00" in sentence_on(page)
    assert not AutoTopUp.objects.exists()


def test_a_balance_that_fell_meanwhile_is_said_before_it_buys_at_once(sandbox, alice):
    buy(sandbox, alice)
    card_row(alice)
    text = consent.offer(alice.pk, STARTER, read_wallet(alice.pk)).sentence
    assert "at once" not in text
    with pytest.raises(ConsentOutOfDate):
        consent.agree(alice.pk, Terms("starter", 100, 3000), text=text, address=None)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"threshold": "0"}, "threshold"),
        ({"threshold": "101"}, "threshold"),
        ({"threshold": "-5"}, "threshold"),
        ({"threshold": "x"}, "threshold"),
        ({"monthly_limit": "9.99"}, "monthly_limit"),
        ({"monthly_limit": "10.001"}, "monthly_limit"),
        ({"monthly_limit": "1000000"}, "monthly_limit"),
        ({"monthly_limit": "NaN"}, "monthly_limit"),
        ({"package": "gold"}, "package"),
        ({"package": ""}, "package"),
    ],
)
def test_terms_that_make_no_sense_are_refused_beside_their_field(alice, alice_page, change, field):
    card_row(alice)
    for page in (alice_page.get(PAGE, chosen(**change)), alice_page.post(PAGE, chosen(**change, agreed="on"))):
        assert list(page.context["form"].errors) == [field]
        assert page.context["offered"] is None
    assert not AutoTopUp.objects.exists()


@pytest.mark.parametrize("terms", [Terms("starter", 0, 3000), Terms("starter", 101, 3000), Terms("starter", 20, 999)])
def test_no_door_takes_terms_that_make_no_sense(alice, terms):
    card_row(alice)
    with pytest.raises(InvalidTopUp):
        agree(alice, terms)


def test_it_needs_a_card_that_is_good(alice, alice_page):
    assert "Save a card first" in alice_page.get(PAGE).text
    with pytest.raises(NoSavedCard):
        agree(alice)
    card_row(alice, exp_year=2020)
    with pytest.raises(NoSavedCard):
        agree(alice)
    assert "expired" in alice_page.get(PAGE).text


def test_a_shop_that_charges_tax_does_not_offer_it(alice, alice_page, settings):
    card_row(alice)
    settings.STRIPE_TAX = True
    assert "isn't available" in alice_page.get(PAGE).text
    with pytest.raises(TopUpUnavailable):
        agree(alice)


def test_one_click_turns_it_off_and_the_other_click_is_in_every_email(alice, alice_page, client):
    card_row(alice)
    agree(alice)
    alice_page.post(f"{PAGE}/off")
    assert AutoTopUp.objects.get().off_reason == "customer"
    agree(alice)
    client.logout()
    address = links.off_path(alice.pk)
    assert "Turn off" in client.get(address).text
    assert AutoTopUp.objects.get().is_on  # looking turns nothing off
    assert "is off" in client.post(address).text
    assert AutoTopUp.objects.get().off_reason == "link"
    assert read_wallet(alice.pk).top_up_below is None
    assert client.post(address[:-3]).status_code == 404


def test_the_api_shows_it_and_turns_it_off_and_on_within_the_consent(alice, api):
    program = api(alice)
    assert program.get(API).json()["enabled"] is False
    card_row(alice)
    agree(alice)
    shown = program.get(API).json()
    assert (shown["enabled"], shown["package"], shown["monthly_limit"], shown["card"]["last4"]) == (
        True,
        "starter",
        30.0,
        "4242",
    )
    off = program.put(API, {"enabled": False}, format="json").json()
    assert (off["enabled"], off["off_reason"], off["status"]) == (False, "customer", "off")
    lower = {"enabled": True, "threshold": 10, "monthly_limit": 20}
    assert program.put(API, lower, format="json").json()["monthly_limit"] == 20.0
    assert read_wallet(alice.pk).top_up_below == 10


@pytest.mark.parametrize(
    "beyond", [{"threshold": 21}, {"monthly_limit": 30.01}, {"package": "pro", "monthly_limit": 30}, {"package": "pro"}]
)
def test_the_api_goes_no_further_than_the_consent(alice, api, beyond):
    card_row(alice)
    agree(alice)
    answer = api(alice).put(API, {"enabled": True, **beyond}, format="json")
    assert answer.status_code in (400, 403)
    assert answer.status_code == 400 or PAGE in answer.json()["detail"]
    auto = AutoTopUp.objects.get()
    assert (auto.threshold, auto.monthly_limit_cents, auto.package_key) == (20, 3000, "starter")


@pytest.mark.parametrize("why", [each for each in AutoTopUp.Off if each != AutoTopUp.Off.CUSTOMER])
def test_the_api_never_turns_it_on_after_it_was_turned_off_for_a_reason(alice, api, why):
    card_row(alice)
    agree(alice)
    switching.turn_off(alice.pk, why)
    assert api(alice).put(API, {"enabled": True}, format="json").status_code == 403
    assert not AutoTopUp.objects.get().is_on


def test_the_api_turns_nothing_on_without_a_consent_or_a_card(alice, api):
    program = api(alice)
    assert program.put(API, {"enabled": True}, format="json").status_code == 403
    card = card_row(alice)
    agree(alice)
    program.put(API, {"enabled": False}, format="json")
    card.delete()
    assert program.put(API, {"enabled": True}, format="json").status_code == 409


@pytest.mark.parametrize(
    "body", [{}, {"enabled": "yes"}, {"enabled": True, "monthly_limit": "30"}, {"enabled": True, "treshold": 5}]
)
def test_the_api_refuses_what_is_no_such_body(alice, api, body):
    card_row(alice)
    agree(alice)
    assert api(alice).put(API, body, format="json").status_code == 400


def test_a_changed_price_lets_the_api_turn_it_off_but_not_on(alice, api):
    card_row(alice)
    agree(alice)
    TokenPackage.objects.filter(key="starter").update(price_cents=1100)
    program = api(alice)
    assert program.put(API, {"enabled": True}, format="json").status_code == 403
    TokenPackage.objects.filter(key="starter").update(is_active=False)
    assert program.put(API, {"enabled": False}, format="json").json()["enabled"] is False


def test_turning_it_on_by_hand_needs_the_consent_of_whoever_it_is(alice, bob, api):
    card_row(alice)
    agree(alice)
    with pytest.raises(ConsentNeeded):
        consent.change(bob.pk, STARTER, is_on=True)
    assert api(bob).get(API).json()["package"] is None


def test_a_purchase_by_hand_never_turns_it_on(sandbox, alice):
    card_row(alice)
    agree(alice)
    switching.turn_off(alice.pk, AutoTopUp.Off.CUSTOMER)
    buy(sandbox, alice)
    assert not AutoTopUp.objects.get().is_on
    assert read_wallet(alice.pk).top_up_below is None
