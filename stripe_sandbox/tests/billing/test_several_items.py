"""Subscriptions of several products: items that come and go, charges beside them, and lists longer than a page."""

import pytest
import stripe

from stripe_sandbox.tests.support.plans import plan, renew, subscribed


def amounts_of(client, subscription) -> list[int]:
    latest = client.v1.invoices.list(params={"subscription": subscription.id}).data[0]
    return [line.amount for line in latest.lines.data]


def update(client, subscription, *items, proration="none"):
    changes = {"items": list(items), "proration_behavior": proration}
    return client.v1.subscriptions.update(subscription.id, params=changes)


def test_an_item_is_added_and_the_first_one_removed(client) -> None:
    subscription, extra = subscribed(client), plan(client, 700, name="Extra")
    first = subscription.items.data[0]

    both = update(client, subscription, {"price": extra.id, "quantity": 3}, proration="always_invoice")
    assert [(item.price.id, item.quantity) for item in both.items.data] == [(first.price.id, 1), (extra.id, 3)]
    assert amounts_of(client, subscription) == [2100]

    left = update(client, subscription, {"id": first.id, "deleted": True}, proration="always_invoice")
    assert [item.price.id for item in left.items.data] == [extra.id]
    assert amounts_of(client, subscription) == [-2000]
    renew(client, subscription)
    assert amounts_of(client, subscription) == [2100]


def test_the_last_item_is_not_removed(client) -> None:
    subscription = subscribed(client)
    with pytest.raises(stripe.InvalidRequestError, match="at least one"):
        update(client, subscription, {"id": subscription.items.data[0].id, "deleted": True})


def test_a_single_charge_waits_for_the_next_invoice_and_is_of_no_item(client) -> None:
    subscription = subscribed(client)
    charge = {"customer": subscription.customer, "subscription": subscription.id, "amount": 5000, "currency": "usd"}
    item = client.v1.invoice_items.create(params={**charge, "description": "Set-up"})
    renew(client, subscription)
    invoice = client.v1.invoices.list(params={"subscription": subscription.id}).data[0]
    charged, month = invoice.lines.data
    assert (charged.amount, charged.description, charged.pricing, month.amount) == (5000, "Set-up", None, 2000)
    assert charged.parent.invoice_item_details.invoice_item == item.id
    assert (charged.parent.subscription_item_details, invoice.total) == (None, 7000)


@pytest.mark.parametrize("wrong", [{"customer": "cus_nobody"}, {"currency": "eur"}, {"subscription": "sub_none"}])
def test_a_single_charge_must_fit_its_subscription(client, wrong) -> None:
    subscription = subscribed(client)
    charge = {"customer": subscription.customer, "subscription": subscription.id, "amount": 5000, "currency": "usd"}
    with pytest.raises(stripe.InvalidRequestError) as found:
        client.v1.invoice_items.create(params={**charge, **wrong})
    assert found.value.param in (*wrong, "subscription")


def test_a_phase_keeps_the_items_it_names_and_ends_the_others(client) -> None:
    subscription, extra, small = subscribed(client), plan(client, 700), plan(client, 400)
    both = update(client, subscription, {"price": extra.id})
    schedule = client.v1.subscription_schedules.create(params={"from_subscription": subscription.id})
    phase = schedule.phases[0]
    now = {"items": [{"price": item.price.id} for item in both.items.data], "start_date": phase.start_date}
    then = {"items": [{"price": extra.id}, {"price": small.id}], "duration": {"interval": "month"}}
    last = {"items": [{"price": extra.id}], "duration": {"interval": "month"}}
    phases = [{**now, "end_date": phase.end_date}, then, last]
    client.v1.subscription_schedules.update(schedule.id, params={"phases": phases})

    changed = renew(client, subscription)
    ids = [item.id for item in both.items.data]
    assert [(item.id, item.price.id) for item in changed.items.data] == [(ids[0], small.id), (ids[1], extra.id)]
    assert [item.price.id for item in renew(client, subscription).items.data] == [extra.id]


def test_a_list_within_an_object_shows_ten_and_the_rest_is_fetched_in_pages(client) -> None:
    subscription = subscribed(client)
    prices = [plan(client, 100 + n) for n in range(11)]
    whole = update(client, subscription, *({"price": price.id} for price in prices), proration="always_invoice")
    assert (len(whole.items.data), whole.items.has_more) == (10, True)
    listed = client.v1.subscription_items.list(params={"subscription": subscription.id, "limit": 5})
    assert len(list(listed.auto_paging_iter())) == 12
    invoice = client.v1.invoices.list(params={"subscription": subscription.id}).data[0]
    assert (len(invoice.lines.data), invoice.lines.has_more) == (10, True)
    lines = client.v1.invoices.line_items.list(invoice.id, params={"limit": 4})
    assert [line.amount for line in lines.auto_paging_iter()] == [100 + n for n in range(11)]
    before = client.v1.invoices.line_items.list(invoice.id, params={"limit": 2, "ending_before": lines.data[3].id})
    assert ([line.amount for line in before.data], before.has_more) == ([101, 102], True)
