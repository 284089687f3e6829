"""Checkout in setup mode: a card is saved, and nothing is charged."""

from typing import Any

import pytest
import requests
import stripe

from stripe_sandbox.testing import Refused, advance, pay
from stripe_sandbox.tests.support.actors import Buyer, line, order
from stripe_sandbox.tests.support.plans import Told

DONE = "http://127.0.0.1:9/saved?session={CHECKOUT_SESSION_ID}"


@pytest.fixture
def customer(client) -> str:
    return str(client.v1.customers.create({"email": "ann@example.com"}).id)


def session(client, customer: str | None = None, **changes: Any) -> Any:
    params = {"mode": "setup", "currency": "usd", "customer": customer, "success_url": DONE, **changes}
    return client.v1.checkout.sessions.create({name: value for name, value in params.items() if value is not None})


def test_a_card_is_saved_on_the_hosted_page(client, customer: str, buyer: Buyer) -> None:
    told = Told()
    made = session(client, customer, cancel_url="http://127.0.0.1:9/no", setup_intent_data={"metadata": {"k": "v"}})
    assert (made.amount_total, made.payment_status, made.payment_intent) == (None, "no_payment_required", None)
    page = buyer.look(made.url).text
    for text in ("Save a card</h1>", "Nothing is charged now.", "Save card</button>", "http://127.0.0.1:9/no"):
        assert text in page
    assert "Total due" not in page

    left = buyer.pay(made)

    assert left.headers["Location"] == DONE.replace("{CHECKOUT_SESSION_ID}", made.id)
    done = client.v1.checkout.sessions.retrieve(made.id, {"expand": ["setup_intent.payment_method"]})
    setup = done.setup_intent
    assert (done.status, setup.status, setup.usage, setup.customer) == (
        "complete",
        "succeeded",
        "off_session",
        customer,
    )
    assert (setup.payment_method.customer, setup.payment_method.card.last4) == (customer, "4242")
    assert setup.metadata.to_dict() == {"k": "v"}
    assert told.types == [
        "setup_intent.created",
        "payment_method.attached",
        "setup_intent.succeeded",
        "checkout.session.completed",
    ]
    assert "Your payment method is saved" in buyer.look(f"{made.url}").text


def test_a_card_that_asks_is_saved_after_the_banks_page(client, customer: str, buyer: Buyer) -> None:
    made = session(client, customer)
    at_bank = buyer.pay(made, number="4000002500003155").headers["Location"]
    address = made.url.partition("/c/")[0] + at_bank
    assert "Is this card yours?" in buyer.look(address).text
    refused = buyer.send(address, answer="fail").headers["Location"]
    assert "The card was not saved." in buyer.look(made.url.partition("/c/")[0] + refused).text
    assert client.v1.payment_methods.list({"customer": customer}).data == []

    buyer.pay(made, number="4000002500003155")
    buyer.send(address, answer="approve")

    assert client.v1.checkout.sessions.retrieve(made.id).status == "complete"
    assert len(client.v1.payment_methods.list({"customer": customer}).data) == 1


def test_a_refused_card_and_a_wrong_field_say_so(client, customer: str, buyer: Buyer) -> None:
    made = session(client, customer)
    refused = buyer.pay(made, number="4000000000000002").text
    assert "<strong>The card was not saved.</strong> Your card was declined." in refused
    wrong = buyer.pay(made, expiry="01 / 20").text
    assert "<strong>Nothing was saved.</strong>" in wrong
    with pytest.raises(Refused, match="insufficient funds"):
        pay(made.id, card="4000000000009995")
    assert client.v1.checkout.sessions.retrieve(made.id).status == "open"


def test_the_verb_saves_it_too_and_a_second_one_is_refused(client, customer: str) -> None:
    made = session(client, customer)
    assert pay(made.id, card="4000000000000341")["status"] == "complete"
    assert client.v1.payment_methods.list({"customer": customer}).data[0].card.last4 == "0341"
    with pytest.raises(Refused, match="is complete"):
        pay(made.id)


def test_a_guest_becomes_a_customer_where_the_session_says_so(client) -> None:
    made = session(client, customer_creation="always")
    pay(made.id)
    done = client.v1.checkout.sessions.retrieve(made.id, {"expand": ["setup_intent"]})
    assert done.customer == done.setup_intent.customer
    assert len(client.v1.payment_methods.list({"customer": done.customer}).data) == 1


def test_an_account_is_saved_with_a_mandate(client, customer: str, buyer: Buyer) -> None:
    made = session(client, customer)
    here = made.url.partition("/c/")[0]
    at_bank = buyer.send(made.url, action="bank", email="ann@example.com", name="Ann").headers["Location"]
    assert "to take money from it later" in buyer.look(here + at_bank).text
    buyer.send(here + at_bank, account="000123456789")
    setup = client.v1.checkout.sessions.retrieve(made.id, {"expand": ["setup_intent.mandate"]}).setup_intent
    assert (setup.status, setup.mandate.status, setup.mandate.type) == ("succeeded", "active", "multi_use")


def test_only_cards_where_only_cards_are_taken(client, customer: str, buyer: Buyer) -> None:
    made = session(client, customer, currency=None, allowed_payment_method_types=["card"])
    assert made.payment_method_types == ["card"]
    page = buyer.look(made.url).text
    assert "Link" not in page
    assert "Bank account" not in page


def test_it_expires_with_its_intent(client, customer: str) -> None:
    made, by_time = session(client, customer), session(client, customer)
    assert client.v1.checkout.sessions.expire(made.id).status == "expired"
    advance(hours=25)
    for one in (made, by_time):
        found = client.v1.setup_intents.retrieve(one.setup_intent)
        assert (found.status, found.cancellation_reason) == ("canceled", "abandoned")


def test_the_setup_intent_of_an_open_session_is_the_sessions(client, customer: str) -> None:
    made = session(client, customer)
    with pytest.raises(stripe.InvalidRequestError, match="Expire the Checkout Session instead"):
        client.v1.setup_intents.cancel(made.setup_intent)
    with pytest.raises(stripe.InvalidRequestError, match="Checkout Session"):
        client.v1.setup_intents.confirm(made.setup_intent, {"payment_method": "pm_card_visa", "return_url": DONE})


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"currency": None}, "Missing required param: currency"),
        ({"success_url": None}, "Missing required param: success_url"),
        ({"line_items": [line()]}, "You can not pass `line_items` in `setup` mode"),
        ({"payment_intent_data": {"description": "x"}}, "You can not pass `payment_intent_data` in `setup` mode"),
        ({"automatic_tax": {"enabled": True}}, "You can not pass `automatic_tax` in `setup` mode"),
        ({"allow_promotion_codes": True}, "You can not pass `allow_promotion_codes` in `setup` mode"),
        ({"invoice_creation": {"enabled": True}}, "You can not pass `invoice_creation` in `setup` mode"),
        ({"submit_type": "pay"}, "You can not pass `submit_type` in `setup` mode"),
    ],
)
def test_what_is_sold_has_no_place_in_it(client, changes: dict, message: str) -> None:
    with pytest.raises(stripe.InvalidRequestError, match=message):
        session(client, **changes)


def test_what_saves_has_no_place_in_a_purchase(client) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="You can not pass `setup_intent_data` in `payment` mode"):
        client.v1.checkout.sessions.create(params=order(setup_intent_data={"description": "x"}))
    with pytest.raises(stripe.InvalidRequestError, match="does not support `currency`"):
        client.v1.checkout.sessions.create(params=order(currency="usd"))


def test_the_operators_page_shows_saved_cards_and_answers_banks(client, customer: str, sandbox: str) -> None:
    pay(session(client, customer).id)
    (method,) = client.v1.payment_methods.list({"customer": customer}).data
    there = {"customer": customer, "payment_method": "pm_card_authenticationRequired", "amount": 900, "currency": "usd"}
    waiting = client.v1.payment_intents.create({**there, "confirm": True, "return_url": DONE})
    page = requests.get(f"{sandbox}/stripe-sandbox/", timeout=20).text
    assert method.id in page
    assert "until 12 / 2040" in page
    requests.post(f"{sandbox}/stripe-sandbox/do/authenticate", data={"intent": waiting.id}, timeout=20)
    assert client.v1.payment_intents.retrieve(waiting.id).status == "succeeded"
    date = {"payment_method": method.id, "exp_month": "3", "exp_year": "2044"}
    requests.post(f"{sandbox}/stripe-sandbox/do/renew-card", data=date, timeout=20)
    assert client.v1.payment_methods.retrieve(method.id).card.exp_year == 2044
