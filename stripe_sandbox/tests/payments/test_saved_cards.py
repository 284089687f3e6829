"""Payment methods that customers have saved."""

import pytest
import stripe

from stripe_sandbox.payments import tokens
from stripe_sandbox.testing import Refused, events_of, pay
from stripe_sandbox.tests.support.actors import Buyer, order
from stripe_sandbox.tests.support.plans import Told, give_card, subscribed


def test_a_card_is_attached_listed_made_the_default_and_detached(client) -> None:
    customer = client.v1.customers.create(params={})
    told = Told()

    method = client.v1.payment_methods.attach("pm_card_mastercard", params={"customer": customer.id})
    listed = client.v1.payment_methods.list(params={"customer": customer.id, "type": "card"}).data
    of_customer = client.v1.customers.payment_methods.list(customer.id).data

    assert [found.id for found in listed] == [found.id for found in of_customer] == [method.id]
    assert (method.card.brand, method.customer) == ("mastercard", customer.id)
    settings = {"invoice_settings": {"default_payment_method": method.id}}
    assert client.v1.customers.update(customer.id, params=settings).invoice_settings.default_payment_method == method.id
    expanded = client.v1.customers.retrieve(customer.id, params={"expand": ["invoice_settings.default_payment_method"]})
    assert expanded.invoice_settings.default_payment_method.card.last4 == "4444"
    assert client.v1.payment_methods.detach(method.id).customer is None
    assert client.v1.customers.retrieve(customer.id).invoice_settings.default_payment_method is None
    assert told.types == [
        "payment_method.attached",
        "customer.updated",
        "payment_method.detached",
        "customer.updated",
    ]


def test_a_detached_card_is_no_subscriptions_default(client) -> None:
    subscription = subscribed(client)
    method = give_card(client, subscription, "pm_card_visa")

    client.v1.payment_methods.detach(method)

    assert client.v1.subscriptions.retrieve(subscription.id).default_payment_method is None


def test_a_card_that_its_bank_refuses_is_not_saved(client) -> None:
    customer = client.v1.customers.create(params={})

    with pytest.raises(stripe.CardError, match="declined"):
        client.v1.payment_methods.attach("pm_card_chargeDeclined", params={"customer": customer.id})

    assert client.v1.payment_methods.list(params={"customer": customer.id}).data == []


def test_somebody_elses_card_is_no_default(client) -> None:
    one, two = (client.v1.customers.create(params={}) for _ in range(2))
    method = client.v1.payment_methods.attach("pm_card_visa", params={"customer": one.id})

    with pytest.raises(stripe.InvalidRequestError) as found:
        client.v1.customers.update(two.id, params={"invoice_settings": {"default_payment_method": method.id}})

    assert found.value.param == "invoice_settings[default_payment_method]"


def test_a_one_time_payment_saves_its_card_only_if_asked_to(client) -> None:
    customer = client.v1.customers.create(params={})
    once, kept = (
        client.v1.checkout.sessions.create(params=order(customer=customer.id, payment_intent_data=data)).id
        for data in ({"metadata": {"a": "b"}}, {"setup_future_usage": "off_session"})
    )

    pay(once)
    assert client.v1.payment_methods.list(params={"customer": customer.id}).data == []
    pay(kept)
    assert len(client.v1.payment_methods.list(params={"customer": customer.id}).data) == 1


def test_a_buyer_who_ticks_the_box_has_the_card_saved(client, buyer: Buyer) -> None:
    customer = client.v1.customers.create(params={}).id
    offered = {"customer": customer, "saved_payment_method_options": {"payment_method_save": "enabled"}}
    one, two, three = (client.v1.checkout.sessions.create(params=order(**offered)) for _ in range(3))
    assert "Save my payment information" in buyer.look(one.url).text

    buyer.pay(one)
    assert client.v1.payment_methods.list(params={"customer": customer}).data == []
    buyer.pay(two, save="true")
    (method,) = client.v1.payment_methods.list(params={"customer": customer}).data
    assert method.allow_redisplay == "always"
    pay(three.id, save=True)
    assert len(client.v1.payment_methods.list(params={"customer": customer}).data) == 2
    with pytest.raises(Refused, match="does not offer to save"):
        pay(client.v1.checkout.sessions.create(params=order(customer=customer)).id, save=True)


def test_the_page_says_of_what_it_saves_that_it_does(client, buyer: Buyer) -> None:
    said = "Your payment details will be saved for future payments."
    customer = client.v1.customers.create(params={}).id
    card_only = {"payment_method_options": {"card": {"setup_future_usage": "off_session"}}}
    all_of_them = {"payment_intent_data": {"setup_future_usage": "off_session"}}
    for given, by_card, by_bank in (({}, False, False), (card_only, True, False), (all_of_them, True, True)):
        address = client.v1.checkout.sessions.create(params=order(customer=customer, **given)).url
        seen = [said in buyer.look(address + method).text for method in ("", "?method=bank")]
        assert seen == [by_card, by_bank]


def test_a_saved_card_is_given_another_date_and_holder(client) -> None:
    customer = client.v1.customers.create(params={}).id
    method = client.v1.payment_methods.attach("pm_card_visa", params={"customer": customer}).id
    holder = {"name": "Ann", "address": {"city": "Bonn"}}
    changed = client.v1.payment_methods.update(
        method,
        {"card": {"exp_month": 7, "exp_year": 2044}, "billing_details": holder, "metadata": {"k": "v"}},
    )
    assert (changed.card.exp_month, changed.card.exp_year, changed.card.last4) == (7, 2044, "4242")
    assert (changed.billing_details.name, changed.billing_details.address.city) == ("Ann", "Bonn")
    (event,) = events_of(method, type="payment_method.updated")
    assert event["data"]["previous_attributes"]["card"]["exp_year"] == 2040
    for field, value in (("exp_month", 13), ("exp_month", 0), ("exp_year", 99)):
        with pytest.raises(stripe.InvalidRequestError, match="must be"):
            client.v1.payment_methods.update(method, {"card": {field: value}})
    account = client.v1.payment_methods.attach("pm_usBankAccount_success", params={"customer": customer}).id
    with pytest.raises(stripe.InvalidRequestError, match="is no card"):
        client.v1.payment_methods.update(account, {"card": {"exp_month": 7}})
    client.v1.payment_methods.detach(method)
    with pytest.raises(stripe.InvalidRequestError, match="must save this PaymentMethod to a customer"):
        client.v1.payment_methods.update(method, {"metadata": {"k": "w"}})


def test_a_card_of_one_customer_is_not_attached_to_another(client) -> None:
    one, two = (client.v1.customers.create(params={}).id for _ in range(2))
    method = client.v1.payment_methods.attach("pm_card_visa", params={"customer": one}).id
    with pytest.raises(stripe.InvalidRequestError, match="already been attached to a customer"):
        client.v1.payment_methods.attach(method, params={"customer": two})
    assert client.v1.payment_methods.retrieve(method).customer == one


@pytest.mark.parametrize("token", sorted({**tokens.CARDS, **tokens.ACCOUNTS}))
def test_every_token_stands_for_a_method_of_its_number(client, token: str) -> None:
    intent = client.v1.payment_intents.create({"amount": 900, "currency": "usd", "payment_method": token})
    method = client.v1.payment_methods.retrieve(intent.payment_method)
    shown = method[method.type]
    assert {**tokens.CARDS, **tokens.ACCOUNTS}[token].endswith(shown.last4)
