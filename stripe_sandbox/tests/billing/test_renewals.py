"""Months that pass: renewals that are paid, refused, retried, or ask for 3-D Secure; and what ends a subscription."""

import pytest
import stripe

from stripe_sandbox.testing import Refused, advance, dunning, fail_next_payment, pay_invoice
from stripe_sandbox.tests.support.actors import Buyer, at_once
from stripe_sandbox.tests.support.plans import DAY, HOUR, Told, give_card, membership, plan, renew, subscribed

PAID = [
    "charge.succeeded",
    "payment_intent.succeeded",
    "invoice.paid",
    "invoice.payment_succeeded",
    "invoice_payment.paid",
]
REFUSED = ["charge.failed", "payment_intent.payment_failed", "invoice.payment_failed"]


@pytest.fixture
def sandbox(own_sandbox: str) -> str:
    """No other subscription renews meanwhile."""
    return own_sandbox


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


def test_the_hosted_invoice_page_takes_another_card(client, buyer: Buyer) -> None:
    subscription = subscribed(client)
    give_card(client, subscription, "pm_card_chargeCustomerFail")
    late = renew(client, subscription)
    invoice = client.v1.invoices.retrieve(late.latest_invoice)
    card = {"expiry": "12 / 40", "cvc": "123", "email": "bo@example.com"}

    assert "$20.00" in buyer.look(invoice.hosted_invoice_url).text
    refused = buyer.send(invoice.hosted_invoice_url, number="4000000000009995", **card)
    assert "insufficient funds" in refused.text
    assert buyer.send(invoice.hosted_invoice_url, number="4242424242424242", **card).status_code == 303

    assert client.v1.invoices.retrieve(invoice.id).status == "paid"
    found = client.v1.subscriptions.retrieve(subscription.id, params={"expand": ["default_payment_method"]})
    assert (found.status, found.default_payment_method.card.last4) == ("active", "4242")
    assert "was paid" in buyer.look(invoice.hosted_invoice_url).text
    assert renew(client, subscription).status == "active"


def test_an_invoice_page_without_its_secret_is_not_found(client, buyer: Buyer) -> None:
    invoice = client.v1.invoices.retrieve(subscribed(client).latest_invoice)

    assert buyer.look(invoice.hosted_invoice_url.partition("?")[0]).status_code == 404
    assert buyer.look(invoice.invoice_pdf.partition("?")[0]).status_code == 404


def test_an_invoice_is_downloaded_as_a_real_pdf(client, buyer: Buyer) -> None:
    invoice = client.v1.invoices.retrieve(subscribed(client).latest_invoice)

    answer = buyer.look(invoice.invoice_pdf)

    assert answer.headers["Content-Type"] == "application/pdf"
    assert f'filename="Invoice-{invoice.number}.pdf"' in answer.headers["Content-Disposition"]
    assert (answer.content[:5], answer.content.rstrip()[-5:]) == (b"%PDF-", b"%%EOF")
    assert b"Amount due: $20.00" in answer.content
    # Where its table says that objects begin, they do.
    table = int(answer.content.rpartition(b"startxref\n")[2].split()[0])
    places = [int(line[:10]) for line in answer.content[table:].splitlines() if line.endswith(b" n ")]
    for number, place in enumerate(places, start=1):
        assert answer.content[place:].startswith(f"{number} 0 obj".encode())


def test_paying_an_open_invoice_over_the_api(client) -> None:
    subscription = subscribed(client)
    give_card(client, subscription, "pm_card_chargeCustomerFail")
    late = renew(client, subscription)

    with pytest.raises(stripe.CardError) as found:
        client.v1.invoices.pay(late.latest_invoice)
    assert found.value.code == "card_declined"
    good = client.v1.payment_methods.attach("pm_card_visa", params={"customer": subscription.customer})
    paid = client.v1.invoices.pay(late.latest_invoice, params={"payment_method": good.id})

    assert paid.status == "paid"
    with pytest.raises(stripe.InvalidRequestError, match="already paid"):
        client.v1.invoices.pay(late.latest_invoice)


def test_the_helper_pays_an_invoice_as_its_customer_does(client) -> None:
    subscription = subscribed(client)
    fail_next_payment(subscription.id)
    late = renew(client, subscription)

    assert pay_invoice(late.latest_invoice, card="4000002760003184")["status"] == "paid"


def test_a_subscription_canceled_at_period_end_runs_until_then(client) -> None:
    subscription = subscribed(client)
    end = subscription.items.data[0].current_period_end
    update = client.v1.subscriptions.update
    planned = update(subscription.id, params={"cancel_at_period_end": True})
    assert (planned.status, planned.cancel_at_period_end, planned.cancel_at) == ("active", True, end)
    told = Told()

    ended = renew(client, subscription)

    assert (ended.status, ended.ended_at) == ("canceled", end)
    assert [type for type in told.types if type != "customer.created"] == ["customer.subscription.deleted"]
    assert len(client.v1.invoices.list(params={"subscription": subscription.id}).data) == 1


def test_a_planned_cancellation_is_taken_back(client) -> None:
    subscription = subscribed(client)
    update = client.v1.subscriptions.update
    update(subscription.id, params={"cancel_at_period_end": True, "cancellation_details": {"feedback": "unused"}})

    kept = update(subscription.id, params={"cancel_at_period_end": False})

    assert (kept.cancel_at_period_end, kept.cancel_at, kept.canceled_at) == (False, None, None)
    assert renew(client, subscription).status == "active"


def test_cancel_at_ends_it_at_that_moment(client) -> None:
    subscription = subscribed(client)
    moment = subscription.created + 10 * DAY
    planned = client.v1.subscriptions.update(subscription.id, params={"cancel_at": moment})
    assert (planned.cancel_at_period_end, planned.cancel_at) == (False, moment)

    advance(seconds=11 * DAY)

    assert client.v1.subscriptions.retrieve(subscription.id).ended_at == moment


def test_canceling_now_ends_it_and_refunds_nothing(client) -> None:
    subscription = subscribed(client)
    told = Told()

    ended = client.v1.subscriptions.cancel(subscription.id, params={"cancellation_details": {"comment": "too slow"}})

    assert (ended.status, ended.cancellation_details.comment) == ("canceled", "too slow")
    assert ended.cancellation_details.reason == "cancellation_requested"
    assert told.types == ["customer.subscription.deleted"]
    for act in (
        lambda: client.v1.subscriptions.cancel(subscription.id),
        lambda: client.v1.subscriptions.update(subscription.id, params={"cancel_at_period_end": True}),
        lambda: client.v1.subscriptions.cancel(subscription.id, params={"prorate": True}),
        lambda: client.v1.subscriptions.resume(subscription.id),
    ):
        with pytest.raises(stripe.InvalidRequestError):
            act()


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


def test_paying_what_a_canceled_subscription_owes_does_not_revive_it(client) -> None:
    subscription = subscribed(client)
    fail_next_payment(subscription.id)
    late = renew(client, subscription)
    client.v1.subscriptions.cancel(subscription.id)
    assert client.v1.invoices.retrieve(late.latest_invoice).next_payment_attempt is None
    told = Told()

    assert pay_invoice(late.latest_invoice)["status"] == "paid"

    assert client.v1.subscriptions.retrieve(subscription.id).status == "canceled"
    assert "customer.subscription.updated" not in told.types


def test_two_tabs_that_pay_one_invoice_at_once_charge_it_once(client) -> None:
    subscription = subscribed(client)
    fail_next_payment(subscription.id)
    late = renew(client, subscription)

    results = at_once(2, lambda: pay_invoice(late.latest_invoice))

    assert sorted(isinstance(result, Refused) for result in results) == [False, True]
    charges = client.v1.charges.list(params={"customer": subscription.customer}).data
    assert sorted(charge.status for charge in charges) == ["failed", "succeeded", "succeeded"]
