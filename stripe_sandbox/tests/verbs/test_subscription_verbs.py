"""Subscriptions from the terminal, on the operator's page, and told to a webhook."""

import json

import pytest

from stripe_sandbox.testing import Refused, cancel_subscription, change_card, fail_next_payment, renew
from stripe_sandbox.tests.support.actors import Buyer, Webhook, soon
from stripe_sandbox.tests.support.operator_page import press
from stripe_sandbox.tests.support.plans import DAY, plan, subscribed
from stripe_sandbox.tests.support.terminal import say


@pytest.fixture
def sandbox(own_sandbox: str) -> str:
    """No other subscription renews meanwhile."""
    return own_sandbox


def test_a_refused_renewal_is_paid_from_the_terminal(client) -> None:
    subscription = subscribed(client)

    assert say("fail-next-payment", subscription.id) == f"The next payment of {subscription.id} will be refused.\n"
    assert say("renew", subscription.id) == f"Renewed {subscription.id}: past_due.\n"
    invoice = client.v1.subscriptions.retrieve(subscription.id).latest_invoice
    with pytest.raises(Refused, match="insufficient funds"):
        say("pay-invoice", invoice, "--card", "4000 0000 0000 9995")
    with pytest.raises(Refused, match="unable to authenticate"):
        say("pay-invoice", invoice, "--card", "4000002760003184", "--fail-3ds")
    said = say("pay-invoice", invoice)
    assert said.startswith(f"Paid {invoice} $20.00 with card 4242: paid.\npi_")
    assert client.v1.subscriptions.retrieve(subscription.id).status == "active"


def test_cards_are_changed_and_subscriptions_canceled_from_the_terminal(client) -> None:
    one, two = subscribed(client), subscribed(client)

    said = say("change-card", one.id, "--card", "4000000000000341")
    assert said == f"Saved card 0341 for {one.id}: active.\n"
    assert say("cancel-subscription", one.id) == f"Canceled {one.id}: canceled.\n"
    said = say("cancel-subscription", two.id, "--at-period-end")
    assert said == f"Canceled {two.id} at its period's end: active.\n"
    with pytest.raises(Refused, match="No such subscription"):
        say("renew", "sub_nope")
    with pytest.raises(Refused, match="A canceled subscription"):
        say("renew", one.id)


def test_the_rules_for_refused_renewals_are_shown_and_set(sandbox: str) -> None:
    assert say("dunning") == "retry_days=3,5,7\nfinally=cancel\n"
    assert say("dunning", "--retry-days", "1,2", "--finally", "unpaid") == "retry_days=1,2\nfinally=unpaid\n"
    assert say("dunning", "--retry-days", "") == "retry_days=\nfinally=unpaid\n"
    with pytest.raises(Refused, match="such as 3,5,7"):
        say("dunning", "--retry-days", "soon")


def test_advance_renews_what_came_due(client) -> None:
    subscription = subscribed(client)

    say("advance", "--days", "32")

    assert len(client.v1.invoices.list(params={"subscription": subscription.id, "status": "paid"}).data) == 2


def test_the_operators_page_lists_subscriptions_with_their_verbs(client, sandbox: str, buyer: Buyer) -> None:
    subscription = subscribed(client, plan(client, name="Plus plan"))
    page = buyer.look(f"{sandbox}/stripe-sandbox/").text
    for text in (subscription.id, "Plus plan", "$20.00 per month", "Fail next payment", "Renew", "create"):
        assert text in page

    press(buyer, sandbox, "do/fail-next-payment", subscription=subscription.id)
    assert "next 1 payment will fail" in buyer.look(f"{sandbox}/stripe-sandbox/").text
    press(buyer, sandbox, "do/renew", subscription=subscription.id)
    late = client.v1.subscriptions.retrieve(subscription.id)
    assert late.status == "past_due"
    assert "next try" in buyer.look(f"{sandbox}/stripe-sandbox/").text
    press(buyer, sandbox, "do/pay-invoice", invoice=late.latest_invoice)
    press(buyer, sandbox, "do/cancel-subscription", subscription=subscription.id, at_period_end="true")
    assert client.v1.subscriptions.retrieve(subscription.id).cancel_at_period_end is True
    press(buyer, sandbox, "do/cancel-subscription", subscription=subscription.id)
    assert client.v1.subscriptions.retrieve(subscription.id).status == "canceled"
    press(buyer, sandbox, "do/dunning", retry_days="", finally_="x", **{"finally": "unpaid"})
    assert say("dunning") == "retry_days=\nfinally=unpaid\n"


def test_the_helpers_do_the_same(client) -> None:
    subscription = subscribed(client)

    assert renew(subscription.id)["status"] == "active"
    fail_next_payment(subscription.id, times=2, decline_code="generic_decline")
    assert renew(subscription.id)["status"] == "past_due"
    changed = change_card(subscription.id, card="5555555555554444")
    assert changed["default_payment_method"] != subscription.default_payment_method
    assert cancel_subscription(subscription.id, at_period_end=True)["cancel_at_period_end"] is True
    assert cancel_subscription(subscription.id)["status"] == "canceled"


def test_a_renewal_under_a_test_clock_is_renewed_by_the_same_verb(client) -> None:
    clock = client.v1.test_helpers.test_clocks.create(params={"frozen_time": 1801353600})
    customer = client.v1.customers.create(params={"test_clock": clock.id})
    subscription = subscribed(client, customer=customer.id)

    renewed = renew(subscription.id)

    assert renewed["items"]["data"][0]["current_period_start"] == 1801353600 + 28 * DAY


def test_a_webhook_is_told_of_a_renewal(told_sandbox, webhook: Webhook) -> None:
    subscription = subscribed(told_sandbox)

    renew(subscription.id)

    def told() -> list[str]:
        return [json.loads(body)["type"] for body, _ in webhook.deliveries]

    assert soon(lambda: told().count("invoice.paid") == 2 and told())
