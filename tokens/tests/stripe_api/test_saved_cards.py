"""Saved cards at Stripe: saved on a page, charged while the customer is away, confirmed by them, detached."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
import requests
from django.db import transaction
from django.utils import timezone

from stripe_sandbox import testing
from tokens.errors import NoSuchObject, StripeFailed, StripeUnreachable
from tokens.stripe_api import saved_cards
from tokens.stripe_api.gateway import client as stripe_client
from tokens.stripe_api.saved_cards import Outcome

pytestmark = pytest.mark.django_db
BACK = "http://testserver/back"
VISA, ASKS, AGREED, REFUSED = "4242424242424242", "4000002760003184", "4000002500003155", "4000000000000341"


@pytest.fixture
def customer(sandbox):
    return str(stripe_client().v1.customers.create({"email": "alice@example.com"}).id)


def setup_page(customer, **changes):
    given = {"success_url": f"{BACK}?session={{CHECKOUT_SESSION_ID}}", "cancel_url": BACK, "metadata": {"wallet": "7"}}
    return saved_cards.open_setup_page(customer, **{"idempotency_key": str(uuid.uuid4()), **given, **changes})


def saved(customer, number=VISA):
    """The card that a customer saves on the page."""
    page = setup_page(customer)
    testing.pay(page.session_id, card=number)
    card = saved_cards.card_of_setup(page.session_id)
    assert card
    return card


def charge(card, *, idempotency_key="", description="Starter Pack"):
    key = idempotency_key or str(uuid.uuid4())
    order = {"amount_cents": 4000, "currency": "usd", "metadata": {"purchase_key": "7"}, "description": description}
    prepared = saved_cards.prepare_payment(card.customer_id, **order, idempotency_key=key)
    return saved_cards.charge_away(
        prepared.payment_intent, payment_method=card.id, return_url=BACK, idempotency_key=f"{key}:1"
    )


def answer(url, answer):
    """The customer's answer on the page of the bank; where it leads."""
    hidden = requests.get(url, timeout=20).text.partition('name="payment_method" value="')[2].partition('"')[0]
    given = {"payment_method": hidden, "answer": answer}
    return requests.post(url, data=given, allow_redirects=False, timeout=20).headers["Location"]


def test_a_card_is_saved_on_a_page_and_read_back(customer):
    page = setup_page(customer)
    assert timedelta(hours=23) < page.expires_at - timezone.now() < timedelta(hours=25)
    assert saved_cards.card_of_setup(page.session_id) is None

    testing.pay(page.session_id)

    card: Any = saved_cards.card_of_setup(page.session_id)
    assert (card.customer_id, card.brand, card.last4, card.exp_month, card.exp_year) == (
        customer,
        "visa",
        "4242",
        12,
        2040,
    )
    assert saved_cards.list_cards(customer) == [card] == [saved_cards.retrieve_card(card.id)]


def test_the_page_takes_cards_only_and_is_made_once_for_its_key(customer):
    pages = {setup_page(customer, idempotency_key="setup:7").session_id for _ in range(3)}
    (session_id,) = pages
    found: Any = stripe_client().v1.checkout.sessions.retrieve(session_id, {"expand": ["setup_intent"]})
    assert (found.payment_method_types, found.setup_intent.metadata.to_dict()) == (["card"], {"wallet": "7"})
    with pytest.raises(NoSuchObject) as gone:
        setup_page("cus_nobody")
    assert gone.value.param == "customer"


def test_the_card_of_a_purchase_is_known_if_it_was_saved(customer):
    line = {"quantity": 1, "price_data": {"currency": "usd", "unit_amount": 4000, "product_data": {"name": "Pro"}}}
    found: list[Any] = []
    for data in ({"setup_future_usage": "off_session"}, {"description": "Once"}):
        params: Any = {"mode": "payment", "customer": customer, "success_url": BACK, "line_items": [line]}
        params["payment_intent_data"] = data
        session = stripe_client().v1.checkout.sessions.create(params)
        found.append(saved_cards.card_of_payment(testing.pay(session.id)["payment_intent"]))
    assert (found[0].last4, found[0].customer_id, found[1]) == ("4242", customer, None)


def test_a_charge_succeeds_once_for_its_key(customer):
    card = saved(customer)
    attempts = [charge(card, idempotency_key="topup:7:1", description="Pro Pack") for _ in range(3)]
    assert {attempt.payment_intent for attempt in attempts} == {attempts[0].payment_intent}
    assert (attempts[0].outcome, attempts[0].is_paid, attempts[0].code) == (Outcome.SUCCEEDED, True, "")
    intent = attempts[0].intent
    assert (intent["amount_received"], intent["description"]) == (4000, "Pro Pack")
    assert intent["metadata"] == {"purchase_key": "7"}
    assert saved_cards.retrieve_payment(attempts[0].payment_intent) == attempts[0]


def test_an_answer_that_was_lost_is_had_again_with_the_key(customer):
    card = saved(customer)
    testing.fail_api(call="POST /v1/payment_intents", lost=True, times=3)
    with pytest.raises(StripeUnreachable):
        charge(card, idempotency_key=f"topup:{card.id}")
    attempt = charge(card, idempotency_key=f"topup:{card.id}")
    assert attempt.is_paid
    assert len(stripe_client().v1.payment_intents.list({"customer": customer}).data) == 1


@pytest.mark.parametrize(
    ("number", "code", "said"),
    [
        (REFUSED, "generic_decline", "Your card was declined."),
        ("expires", "expired_card", "Your card has expired."),
        ("told", "insufficient_funds", "Your card has insufficient funds."),
    ],
)
def test_a_decline_is_an_outcome_with_its_code_and_sentence(customer, number, code, said):
    card = saved(customer, REFUSED if number == REFUSED else VISA)
    if number == "expires":
        stripe_client().v1.payment_methods.update(card.id, {"card": {"exp_month": 1, "exp_year": 2020}})
    if number == "told":
        testing.decline_next(customer)
    key = str(uuid.uuid4())
    attempts = [charge(card, idempotency_key=key) for _ in range(2)]
    assert {(one.outcome, one.code, one.sentence) for one in attempts} == {(Outcome.DECLINED, code, said)}
    assert attempts[0] == attempts[1] == saved_cards.retrieve_payment(attempts[0].payment_intent)


@pytest.mark.parametrize("number", [ASKS, AGREED])
def test_a_bank_that_has_agreed_is_not_asked_and_one_that_always_asks_waits_for_the_customer(customer, number):
    attempt = charge(saved(customer, number))
    expected = (Outcome.NEEDS_CUSTOMER, saved_cards.ASKS_BANK) if number == ASKS else (Outcome.SUCCEEDED, "")
    assert (attempt.outcome, attempt.code, attempt.url) == (*expected, "")


def test_the_customer_confirms_at_their_bank_and_comes_back(customer):
    card = saved(customer, ASKS)
    refused = charge(card)

    asked = [
        saved_cards.confirm_with_customer(refused.payment_intent, payment_method=card.id, return_url=BACK)
        for _ in range(2)
    ]
    assert (asked[0].outcome, asked[0].url) == (Outcome.NEEDS_CUSTOMER, asked[1].url)
    left = answer(asked[0].url, "approve")

    assert left.startswith(f"{BACK}?payment_intent={refused.payment_intent}&")
    assert saved_cards.retrieve_payment(refused.payment_intent).is_paid
    after = saved_cards.confirm_with_customer(refused.payment_intent, payment_method=card.id, return_url=BACK)
    assert (after.outcome, after.url) == (Outcome.SUCCEEDED, "")


def test_a_customer_who_fails_may_try_again(customer):
    card = saved(customer, ASKS)
    refused = charge(card)
    asked = saved_cards.confirm_with_customer(refused.payment_intent, payment_method=card.id, return_url=BACK)
    answer(asked.url, "fail")
    failed = saved_cards.retrieve_payment(refused.payment_intent)
    assert (failed.outcome, failed.code) == (Outcome.DECLINED, "payment_intent_authentication_failure")

    again = saved_cards.confirm_with_customer(refused.payment_intent, payment_method=card.id, return_url=BACK)
    answer(again.url, "approve")
    assert saved_cards.retrieve_payment(refused.payment_intent).is_paid


def test_a_payment_is_canceled_unless_it_is_paid(customer):
    waits, paid = charge(saved(customer, ASKS)), charge(saved(customer))
    canceled = [saved_cards.cancel_payment(waits.payment_intent) for _ in range(2)]
    assert [one.outcome for one in canceled] == [Outcome.CANCELED] * 2
    assert saved_cards.cancel_payment(paid.payment_intent).is_paid
    asked = saved_cards.confirm_with_customer(waits.payment_intent, payment_method="pm_card_visa", return_url=BACK)
    assert asked.outcome is Outcome.CANCELED
    with pytest.raises(NoSuchObject):
        saved_cards.cancel_payment("pi_nobody")


def test_a_detached_card_is_nobodys_and_charges_nothing(customer):
    card = saved(customer)
    for _ in range(2):
        saved_cards.detach(card.id)
    saved_cards.detach("pm_nobody")
    assert saved_cards.retrieve_card(card.id) is None
    assert saved_cards.list_cards(customer) == []
    with pytest.raises(StripeFailed, match="may not be used again"):
        charge(card)


def test_what_is_called_inside_a_transaction_is_refused(customer):
    card = saved(customer)
    with transaction.atomic(), pytest.raises(RuntimeError, match="while a database transaction is open"):
        charge(card)
    assert stripe_client().v1.payment_intents.list({"customer": customer}).data == []


def test_the_webhook_takes_every_event_of_a_card_that_is_saved_and_charged(sandbox, customer):
    before = testing.events_since(None)[-1]["id"]
    card, stays = saved(customer, ASKS), setup_page(customer)
    attempt = charge(card)
    saved_cards.confirm_with_customer(attempt.payment_intent, payment_method=card.id, return_url=BACK)
    testing.authenticate(attempt.payment_intent)
    saved_cards.detach(card.id)
    stripe_client().v1.checkout.sessions.expire(stays.session_id)
    events = testing.events_since(before)
    assert {"checkout.session.completed", "checkout.session.expired", "setup_intent.succeeded"} <= {
        event["type"] for event in events
    }
    assert {event["type"]: sandbox.deliver(event).status_code for event in events} == {
        event["type"]: 200 for event in events
    }


def test_an_event_says_what_an_answer_says(customer):
    attempt = charge(saved(customer, ASKS))
    (event,) = testing.events_of(attempt.payment_intent, type="payment_intent.payment_failed")
    assert saved_cards.attempt_of(event["data"]["object"]) == attempt
