"""What ends a subscription: at its period's end, at a moment, now; and what it still owes."""

import pytest
import stripe

from stripe_sandbox.testing import advance, fail_next_payment, pay_invoice
from stripe_sandbox.tests.support.plans import DAY, Told, renew, subscribed


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
