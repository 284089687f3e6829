"""Subscriptions sold on the hosted page: what is paid first, and what is told in which order."""

import pytest
import stripe

from stripe_sandbox.testing import Refused, advance, dispute, pay, refund
from stripe_sandbox.tests.support.actors import Buyer, line, order
from stripe_sandbox.tests.support.plans import DAY, HOUR, Told, membership, plan, signed_up, subscribed
from stripe_sandbox.tests.support.terminal import say

START = [
    "customer.created",
    "customer.subscription.created",
    "invoice.created",
    "invoice.finalized",
    "payment_intent.created",
    "charge.succeeded",
    "payment_intent.succeeded",
    "payment_method.attached",
    "invoice.paid",
    "invoice.payment_succeeded",
    "invoice_payment.paid",
    "customer.subscription.updated",
    "checkout.session.completed",
]


def test_paying_starts_an_active_subscription_with_a_paid_invoice(client) -> None:
    price = plan(client)
    session = signed_up(client, price, client_reference_id="42", expand=["line_items"])

    assert (session.status, session.payment_status, session.mode) == ("complete", "paid", "subscription")
    assert (session.payment_intent, session.amount_total, session.client_reference_id) == (None, 2000, "42")
    found = client.v1.subscriptions.retrieve(session.subscription, params={"expand": ["latest_invoice.payments"]})
    assert (found.status, found.customer, found.metadata.to_dict()) == ("active", session.customer, {"membership": "7"})
    assert found.billing_mode.type == "flexible"
    (item,) = found.items.data
    assert (item.price.id, item.quantity) == (price.id, 1)
    assert item.current_period_start == found.billing_cycle_anchor
    assert 28 * DAY <= item.current_period_end - item.current_period_start <= 31 * DAY
    invoice = found.latest_invoice
    assert (invoice.id, invoice.status, invoice.billing_reason) == (session.invoice, "paid", "subscription_create")
    assert (invoice.total, invoice.amount_paid, invoice.amount_remaining) == (2000, 2000, 0)
    assert invoice.parent.subscription_details.subscription == found.id
    assert invoice.parent.subscription_details.metadata.to_dict() == {"membership": "7"}
    (invoice_line,) = invoice.lines.data
    assert invoice_line.pricing.price_details.price == price.id
    assert invoice_line.parent.subscription_item_details.subscription_item == item.id
    assert invoice_line.period.end == item.current_period_end
    assert [payment.status for payment in invoice.payments.data] == ["paid"]


def test_the_start_is_told_in_the_documented_order(client) -> None:
    session = client.v1.checkout.sessions.create(params=membership(plan(client)))
    told = Told()

    pay(session.id)

    assert told.types == START
    subscription = [event for event in told.events if event["type"].startswith("customer.subscription")]
    assert [event["data"]["object"]["status"] for event in subscription] == ["incomplete", "active"]
    assert subscription[1]["data"]["previous_attributes"] == {"status": "incomplete"}


def test_the_payment_behind_an_invoice_is_found_both_ways(client) -> None:
    session = signed_up(client)

    (payment,) = client.v1.invoice_payments.list(params={"invoice": session.invoice}).data
    intent = client.v1.payment_intents.retrieve(payment.payment.payment_intent, params={"expand": ["latest_charge"]})
    back = client.v1.invoice_payments.list(
        params={"payment": {"type": "payment_intent", "payment_intent": intent.id}, "expand": ["data.invoice"]}
    )

    assert (intent.amount, intent.customer, intent.status) == (2000, session.customer, "succeeded")
    assert "invoice" not in intent
    assert "invoice" not in intent.latest_charge
    assert [found.invoice.id for found in back.data] == [session.invoice]
    with pytest.raises(stripe.InvalidRequestError, match="You must pass"):
        client.v1.invoice_payments.list()


def test_a_declined_card_leaves_the_session_open_and_the_next_card_pays(client) -> None:
    session = client.v1.checkout.sessions.create(params=membership(plan(client)))

    with pytest.raises(Refused, match="insufficient funds"):
        pay(session.id, card="4000000000009995")
    opened = client.v1.checkout.sessions.retrieve(session.id)
    assert (opened.status, opened.subscription, opened.invoice) == ("open", None, None)
    told = Told()
    pay(session.id)

    assert told.types == START[5:]
    done = client.v1.checkout.sessions.retrieve(session.id)
    assert [found.id for found in client.v1.subscriptions.list(params={"customer": done.customer}).data] == [
        done.subscription
    ]
    assert len(client.v1.payment_methods.list(params={"customer": done.customer}).data) == 1


def test_three_d_secure_comes_first_and_can_fail(client) -> None:
    session = client.v1.checkout.sessions.create(params=membership(plan(client)))

    with pytest.raises(Refused, match="unable to authenticate"):
        pay(session.id, card="4000002500003155", fail_3ds=True)
    pay(session.id, card="4000002500003155")

    assert client.v1.checkout.sessions.retrieve(session.id).payment_status == "paid"


def test_an_expired_session_takes_its_half_made_subscription_along(client) -> None:
    session = client.v1.checkout.sessions.create(params=membership(plan(client)))
    with pytest.raises(Refused):
        pay(session.id, card="4000000000000002")
    told = Told()

    client.v1.checkout.sessions.expire(session.id)

    assert told.types == [
        "checkout.session.expired",
        "invoice.voided",
        "payment_intent.canceled",
        "customer.subscription.updated",
    ]
    assert told.events[-1]["data"]["object"]["status"] == "incomplete_expired"


def test_a_first_payment_that_is_never_made_ends_after_23_hours(client) -> None:
    session = client.v1.checkout.sessions.create(params=membership(plan(client)))
    with pytest.raises(Refused):
        pay(session.id, card="4000000000000002")
    told = Told()

    advance(seconds=22 * HOUR)
    client.v1.customers.create(params={})
    assert "customer.subscription.updated" not in told.types
    advance(seconds=HOUR + 60)
    client.v1.customers.create(params={})

    (event,) = [event for event in told.events if event["type"] == "customer.subscription.updated"]
    assert event["data"]["object"]["status"] == "incomplete_expired"
    pay(session.id)
    assert client.v1.checkout.sessions.retrieve(session.id).payment_status == "paid"


@pytest.mark.parametrize(
    ("changes", "param"),
    [
        ({"payment_intent_data": {"metadata": {"a": "b"}}}, "payment_intent_data"),
        ({"customer_creation": "always"}, "customer_creation"),
        ({"subscription_data": {"trial_period_days": 7}}, "subscription_data[trial_period_days]"),
        ({"subscription_data": {"nonsense": "1"}}, "subscription_data[nonsense]"),
        ({"line_items": [line()]}, "line_items"),
        ({"allow_promotion_codes": True}, "allow_promotion_codes"),
        ({"line_items": [{"price": "price_nope", "quantity": 1}]}, "line_items[0][price]"),
    ],
)
def test_what_a_subscription_session_does_not_take_is_refused_by_name(client, changes, param) -> None:
    with pytest.raises(stripe.InvalidRequestError) as found:
        client.v1.checkout.sessions.create(params=membership(plan(client), **changes))

    assert found.value.param == param


def test_a_payment_session_takes_no_recurring_price(client) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="passed a recurring price"):
        client.v1.checkout.sessions.create(params=order(line_items=[{"price": plan(client).id, "quantity": 1}]))
    with pytest.raises(stripe.InvalidRequestError, match="You can not pass `subscription_data`"):
        client.v1.checkout.sessions.create(params=order(subscription_data={"metadata": {}, "description": "x"}))


def test_an_inline_recurring_price_will_do(client) -> None:
    item = line(900)
    item["price_data"]["recurring"] = {"interval": "month", "interval_count": 3}

    found = subscribed(client, line_items=[item])

    assert found.items.data[0].price.recurring.to_dict()["interval_count"] == 3
    assert client.v1.prices.retrieve(found.items.data[0].price.id).active is False


def test_the_page_says_what_is_charged_every_month(client, buyer: Buyer) -> None:
    session = client.v1.checkout.sessions.create(params=membership(plan(client)))

    page = buyer.look(session.url).text

    for text in ("per month", "Subscribe for $20.00 per month", "until you cancel", "Total due today"):
        assert text in page
    answer = buyer.pay(session)
    assert answer.headers["Location"] == f"http://127.0.0.1:9/thanks?session={session.id}"
    assert client.v1.checkout.sessions.retrieve(session.id).subscription


def test_subscriptions_are_listed_by_customer_status_and_price(client) -> None:
    price = plan(client)
    one, two = subscribed(client, price), subscribed(client, price)
    client.v1.subscriptions.cancel(two.id)
    listed = client.v1.subscriptions.list

    def ids(**params: str) -> list[str]:
        return [found.id for found in listed(params=params).data]

    assert ids(price=price.id) == [one.id]
    assert ids(price=price.id, status="all") == [two.id, one.id]
    assert ids(price=price.id, status="ended") == [two.id]
    assert ids(customer=one.customer) == [one.id]
    assert ids(customer=two.customer, status="canceled") == [two.id]
    assert [invoice.id for invoice in client.v1.invoices.list(params={"subscription": one.id}).data] == [
        one.latest_invoice
    ]
    assert client.v1.invoices.list(params={"customer": one.customer, "status": "open"}).data == []


def test_refunds_and_disputes_reach_the_payment_behind_the_invoice(client) -> None:
    session = signed_up(client)
    (payment,) = client.v1.invoice_payments.list(params={"invoice": session.invoice}).data
    intent = payment.payment.payment_intent

    assert refund(intent, 500)["status"] == "succeeded"
    assert dispute(intent)["amount"] == 1500
    assert client.v1.invoices.retrieve(session.invoice).status == "paid"
    assert client.v1.subscriptions.retrieve(session.subscription).status == "active"


def test_the_terminal_pays_for_a_subscription(client) -> None:
    session = client.v1.checkout.sessions.create(params=membership(plan(client)))

    with pytest.raises(Refused, match="insufficient funds"):
        say("pay", session.id, "--card", "4000000000009995")
    said = say("pay", session.id)
    assert said.startswith(f"Paid {session.id} $20.00 with card 4242: complete/paid.\npi_")
