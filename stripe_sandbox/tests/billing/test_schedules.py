"""Subscription schedules: another plan when the period ends, unless they are released or canceled."""

import pytest
import stripe

from stripe_sandbox.tests.support.plans import Told, plan, renew, subscribed


def scheduled(client, subscription, price):
    """The plan changes to `price` when the period ends."""
    schedule = client.v1.subscription_schedules.create(params={"from_subscription": subscription.id})
    current = schedule.phases[0]
    now = {"items": [{"price": item.price, "quantity": 1} for item in current.items]}
    phases = [
        {**now, "start_date": current.start_date, "end_date": current.end_date},
        {"items": [{"price": price.id, "quantity": 1}], "proration_behavior": "none"},
    ]
    return client.v1.subscription_schedules.update(schedule.id, params={"phases": phases, "end_behavior": "release"})


def test_a_schedule_changes_the_price_with_the_period(client) -> None:
    subscription, small = subscribed(client), plan(client, 800, name="Small")
    schedule = scheduled(client, subscription, small)
    assert client.v1.subscriptions.retrieve(subscription.id).schedule == schedule.id
    assert client.v1.invoices.create_preview(params={"subscription": subscription.id}).total == 800
    told = Told()

    renewed = renew(client, subscription)

    assert renewed.items.data[0].price.id == small.id
    assert client.v1.invoices.retrieve(renewed.latest_invoice).total == 800
    types = [type for type in told.types if type != "customer.created"]
    assert types[:5] == [
        "invoice.upcoming",
        "subscription_schedule.updated",
        "customer.subscription.updated",
        "invoice.created",
        "customer.subscription.updated",
    ]
    upcoming = next(event for event in told.events if event["type"] == "invoice.upcoming")
    assert upcoming["data"]["object"]["total"] == 800
    renew(client, subscription)
    done = client.v1.subscription_schedules.retrieve(schedule.id)
    assert (done.status, done.released_subscription) == ("released", subscription.id)
    assert client.v1.subscriptions.retrieve(subscription.id).schedule is None


def test_a_released_schedule_changes_nothing_any_more(client) -> None:
    subscription, small = subscribed(client), plan(client, 800, name="Small")
    schedule = scheduled(client, subscription, small)
    told = Told()

    released = client.v1.subscription_schedules.release(schedule.id)

    assert (released.status, released.released_subscription) == ("released", subscription.id)
    assert told.types == ["subscription_schedule.released", "customer.subscription.updated"]
    assert client.v1.invoices.retrieve(renew(client, subscription).latest_invoice).total == 2000
    with pytest.raises(stripe.InvalidRequestError, match="`released` status"):
        client.v1.subscription_schedules.release(schedule.id)


def test_canceling_a_schedule_cancels_its_subscription(client) -> None:
    subscription = subscribed(client)
    schedule = client.v1.subscription_schedules.create(params={"from_subscription": subscription.id})
    told = Told()

    assert client.v1.subscription_schedules.cancel(schedule.id).status == "canceled"

    assert told.types == ["subscription_schedule.canceled", "customer.subscription.deleted"]
    assert client.v1.subscriptions.retrieve(subscription.id).status == "canceled"


def test_a_scheduled_subscription_is_not_canceled_behind_the_schedules_back(client) -> None:
    subscription = subscribed(client)
    client.v1.subscription_schedules.create(params={"from_subscription": subscription.id})

    with pytest.raises(stripe.InvalidRequestError, match="is managed by the subscription schedule"):
        client.v1.subscriptions.update(subscription.id, params={"cancel_at_period_end": True})
    with pytest.raises(stripe.InvalidRequestError, match="already attached to a schedule"):
        client.v1.subscription_schedules.create(params={"from_subscription": subscription.id})
    assert client.v1.subscriptions.cancel(subscription.id).status == "canceled"


def test_a_schedule_may_end_the_subscription(client) -> None:
    subscription = subscribed(client)
    schedule = client.v1.subscription_schedules.create(params={"from_subscription": subscription.id})
    client.v1.subscription_schedules.update(schedule.id, params={"end_behavior": "cancel"})

    ended = renew(client, subscription)

    assert ended.status == "canceled"
    assert client.v1.subscription_schedules.retrieve(schedule.id).status == "completed"
