"""Months that pass: renewals that are paid, refused, retried, or ask for 3-D Secure; and what ends a subscription."""

import pytest

from stripe_sandbox.testing import advance, dunning, fail_next_payment
from stripe_sandbox.tests.support.actors import Buyer
from stripe_sandbox.tests.support.plans import DAY, HOUR, Told, give_card, membership, plan, renew, subscribed

PAID = [
    "charge.succeeded",
    "payment_intent.succeeded",
    "invoice.paid",
    "invoice.payment_succeeded",
    "invoice_payment.paid",
]
REFUSED = ["charge.failed", "payment_intent.payment_failed", "invoice.payment_failed"]


def test_a_month_renews_in_the_documented_order(client) -> None:
    before = subscribed(client)
    told = Told()

    after = renew(client, before)

    created = [event for event in told.events if event["type"] != "customer.created"]
    assert [event["type"] for event in created] == [
        "invoice.upcoming",
        "invoice.created",
        "customer.subscription.updated",
        "invoice.finalized",
        "payment_intent.created",
        *PAID,
    ]
    old, new = before.items.data[0], after.items.data[0]
    assert (new.id, new.current_period_start) == (old.id, old.current_period_end)
    assert after.status == "active"
    upcoming, drafted, moved, finalized = created[:4]
    assert upcoming["created"] == old.current_period_end - 7 * DAY
    assert upcoming["data"]["object"]["total"] == 2000
    assert (drafted["created"], moved["created"]) == (old.current_period_end, old.current_period_end)
    assert finalized["created"] == old.current_period_end + HOUR
    assert drafted["data"]["object"]["status"] == "draft"
    assert moved["data"]["previous_attributes"].keys() == {"items", "latest_invoice"}
    invoice = client.v1.invoices.retrieve(after.latest_invoice)
    assert (invoice.billing_reason, invoice.status, invoice.total) == ("subscription_cycle", "paid", 2000)
    assert invoice.lines.data[0].period.end == new.current_period_end
    assert (invoice.period_start, invoice.period_end) == (old.current_period_start, old.current_period_end)


def test_a_year_that_passes_at_once_leaves_the_traces_of_twelve_months(client) -> None:
    subscription = subscribed(client)
    start = subscription.billing_cycle_anchor

    advance(seconds=367 * DAY)

    found = client.v1.invoices.list(params={"subscription": subscription.id, "limit": 100}).data
    assert [invoice.status for invoice in found] == ["paid"] * 13
    ends = [invoice.lines.data[0].period.end for invoice in reversed(found)]
    assert ends == sorted(set(ends))
    assert 365 * DAY <= ends[11] - start <= 366 * DAY


def test_a_refused_renewal_is_past_due_and_the_next_try_may_pay(client) -> None:
    subscription = subscribed(client)
    fail_next_payment(subscription.id)
    told = Told()

    late = renew(client, subscription)

    assert late.status == "past_due"
    assert told.types[-len(REFUSED) - 1 :] == [*REFUSED, "customer.subscription.updated"]
    invoice = client.v1.invoices.retrieve(late.latest_invoice)
    assert (invoice.status, invoice.attempt_count, invoice.attempted) == ("open", 1, True)
    assert invoice.next_payment_attempt == invoice.status_transitions.finalized_at + 3 * DAY
    told = Told()
    advance(seconds=3 * DAY + HOUR)
    assert client.v1.subscriptions.retrieve(subscription.id).status == "active"
    assert told.types == [*PAID, "customer.subscription.updated"]
    assert client.v1.invoices.retrieve(invoice.id).attempt_count == 1


@pytest.mark.parametrize(("end", "status"), [("cancel", "canceled"), ("unpaid", "unpaid"), ("past_due", "past_due")])
def test_after_the_last_retry_the_rules_decide(client, end: str, status: str) -> None:
    subscription = subscribed(client)
    give_card(client, subscription, "pm_card_chargeCustomerFail")
    dunning(retry_days=[1, 2, 2], finally_=end)
    told = Told()

    renew(client, subscription)
    advance(seconds=7 * DAY)

    found = client.v1.subscriptions.retrieve(subscription.id)
    assert found.status == status
    assert told.types.count("invoice.payment_failed") == 4
    invoice = client.v1.invoices.retrieve(found.latest_invoice)
    assert (invoice.status, invoice.attempt_count, invoice.next_payment_attempt) == ("open", 4, None)
    assert told.types.count("customer.subscription.deleted") == (end == "cancel")
    if end == "cancel":
        assert found.cancellation_details.reason == "payment_failed"


def test_an_unpaid_subscription_drafts_invoices_and_paying_the_latest_revives_it(client) -> None:
    subscription = subscribed(client)
    fail_next_payment(subscription.id)
    dunning(retry_days=[], finally_="unpaid")

    unpaid = renew(client, subscription)
    assert unpaid.status == "unpaid"
    later = renew(client, unpaid)
    assert client.v1.invoices.retrieve(later.latest_invoice).status == "draft"

    client.v1.invoices.pay(later.latest_invoice)

    assert client.v1.subscriptions.retrieve(subscription.id).status == "active"


def test_a_card_that_always_asks_needs_the_customer_at_renewal(client, buyer: Buyer) -> None:
    subscription = subscribed(client, card="4000002760003184")
    told = Told()

    late = renew(client, subscription)

    assert late.status == "past_due"
    assert told.types[-4:] == [
        "payment_intent.requires_action",
        "invoice.payment_action_required",
        "invoice.payment_failed",
        "customer.subscription.updated",
    ]
    invoice = client.v1.invoices.retrieve(late.latest_invoice)
    bank = buyer.look(invoice.hosted_invoice_url).headers["Location"]
    answer = buyer.send(bank, answer="approve")
    assert answer.status_code == 303
    assert client.v1.invoices.retrieve(invoice.id).status == "paid"
    assert client.v1.subscriptions.retrieve(subscription.id).status == "active"


def test_a_card_that_was_set_up_by_the_first_payment_renews_by_itself(client) -> None:
    subscription = subscribed(client, card="4000002500003155")

    assert renew(client, subscription).status == "active"


def test_the_31st_is_remembered_through_a_february(client, sandbox: str) -> None:
    clock = client.v1.test_helpers.test_clocks.create(params={"frozen_time": 1801094400})  # 2027-01-28T00:00Z
    client.v1.test_helpers.test_clocks.advance(clock.id, params={"frozen_time": 1801353600})  # the 31st
    customer = client.v1.customers.create(params={"test_clock": clock.id})
    subscription = subscribed(client, plan(client), customer=customer.id)

    assert subscription.billing_cycle_anchor == 1801353600
    assert subscription.items.data[0].current_period_end == 1801353600 + 28 * DAY
    client.v1.test_helpers.test_clocks.advance(clock.id, params={"frozen_time": 1801353600 + 29 * DAY})
    later = client.v1.subscriptions.retrieve(subscription.id)
    assert later.items.data[0].current_period_end == 1801353600 + 59 * DAY


def test_link_renews_by_itself(client, buyer: Buyer) -> None:
    session = client.v1.checkout.sessions.create(params=membership(plan(client)))
    assert buyer.send(session.url, action="link").status_code == 303
    subscription = client.v1.subscriptions.retrieve(
        client.v1.checkout.sessions.retrieve(session.id).subscription, params={"expand": ["default_payment_method"]}
    )

    assert subscription.default_payment_method.type == "link"
    assert renew(client, subscription).status == "active"
