"""Test clocks: customers with a time of their own."""

import pytest
import stripe

from stripe_sandbox.testing import advance
from stripe_sandbox.tests.support.plans import DAY, HOUR, Told, subscribed

START = 1801353600  # 2027-01-31T00:00Z


@pytest.fixture
def clock(client):
    return client.v1.test_helpers.test_clocks.create(params={"frozen_time": START, "name": "A renewal"})


def test_a_subscription_under_a_test_clock_renews_when_it_is_advanced(client, clock) -> None:
    customer = client.v1.customers.create(params={"test_clock": clock.id})
    subscription = subscribed(client, customer=customer.id)
    end = subscription.items.data[0].current_period_end
    told = Told()

    client.v1.test_helpers.test_clocks.advance(clock.id, params={"frozen_time": end + HOUR})

    renewed = client.v1.subscriptions.retrieve(subscription.id)
    assert (subscription.created, subscription.test_clock, renewed.status) == (START, clock.id, "active")
    assert renewed.items.data[0].current_period_start == end
    assert told.types[0] == "test_helpers.test_clock.advancing"
    assert told.types[-1] == "test_helpers.test_clock.ready"
    moved = next(event for event in told.events if event["type"] == "customer.subscription.updated")
    assert moved["created"] == end
    assert client.v1.test_helpers.test_clocks.retrieve(clock.id).frozen_time == end + HOUR
    assert client.v1.invoices.retrieve(renewed.latest_invoice).status == "paid"


def test_the_sandboxs_own_clock_leaves_it_alone(client, clock) -> None:
    customer = client.v1.customers.create(params={"test_clock": clock.id})
    subscription = subscribed(client, customer=customer.id)

    advance(seconds=100 * DAY)

    kept = client.v1.subscriptions.retrieve(subscription.id)
    assert kept.items.data[0].current_period_end == subscription.items.data[0].current_period_end


def test_a_change_under_a_test_clock_is_prorated_at_its_time(client, clock) -> None:
    customer = client.v1.customers.create(params={"test_clock": clock.id})
    subscription = subscribed(client, customer=customer.id)
    client.v1.test_helpers.test_clocks.advance(clock.id, params={"frozen_time": START + 14 * DAY})
    item = {"id": subscription.items.data[0].id, "quantity": 2}

    changed = client.v1.subscriptions.update(
        subscription.id,
        params={"items": [item], "proration_behavior": "always_invoice", "expand": ["latest_invoice"]},
    )

    assert [line.amount for line in changed.latest_invoice.lines.data] == [-1000, 2000]


def test_a_test_clock_only_moves_forward_and_can_be_deleted(client, clock) -> None:
    clocks = client.v1.test_helpers.test_clocks

    with pytest.raises(stripe.InvalidRequestError) as found:
        clocks.advance(clock.id, params={"frozen_time": START})
    assert found.value.param == "frozen_time"
    assert clock.id in [one.id for one in clocks.list().data]
    assert clocks.delete(clock.id).deleted is True
    with pytest.raises(stripe.InvalidRequestError):
        clocks.retrieve(clock.id)
