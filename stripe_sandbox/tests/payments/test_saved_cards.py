"""Payment methods that customers have saved."""

import pytest
import stripe

from stripe_sandbox.testing import pay
from stripe_sandbox.tests.support.actors import order
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
