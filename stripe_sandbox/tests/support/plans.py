"""What a subscriber does in these tests: plans to choose from, subscriptions that run, and months that pass."""

from typing import Any

import stripe

from stripe_sandbox.testing import advance, events_since, pay
from stripe_sandbox.tests.support.actors import order

HOUR, DAY = 3600, 24 * 3600


def plan(client: stripe.StripeClient, amount: int = 2000, *, name: str = "Plus", interval: str = "month") -> Any:
    """A monthly price of a product of its own."""
    return client.v1.prices.create(
        params={
            "currency": "usd",
            "product_data": {"name": name},
            "recurring": {"interval": interval},
            "unit_amount": amount,
        }
    )


def membership(price: Any, **changes: Any) -> Any:
    """The parameters of a Checkout Session that sells one membership."""
    return order(
        **{
            "mode": "subscription",
            "line_items": [{"price": price.id, "quantity": 1}],
            "payment_intent_data": None,
            "subscription_data": {"metadata": {"membership": "7"}},
            **changes,
        }
    )


def signed_up(client: stripe.StripeClient, price: Any = None, *, card: str = "4242424242424242", **changes: Any) -> Any:
    """The session of somebody who has just subscribed."""
    session = client.v1.checkout.sessions.create(params=membership(price or plan(client), **changes))
    pay(session.id, card=card)
    return client.v1.checkout.sessions.retrieve(session.id)


def subscribed(client: stripe.StripeClient, price: Any = None, **changes: Any) -> Any:
    """Their subscription."""
    return client.v1.subscriptions.retrieve(signed_up(client, price, **changes).subscription)


def give_card(client: stripe.StripeClient, subscription: Any, token: str) -> str:
    """The subscription is charged with this card from now on."""
    method = client.v1.payment_methods.attach(token, params={"customer": subscription.customer})
    client.v1.subscriptions.update(subscription.id, params={"default_payment_method": method.id})
    return method.id


def renew(client: stripe.StripeClient, subscription: Any) -> Any:
    """Time passes to the end of the period and the hour after it; gives the subscription as it is then."""
    now = client.v1.customers.create(params={}).created
    end = client.v1.subscriptions.retrieve(subscription.id).items.data[0].current_period_end
    advance(seconds=end + HOUR + 60 - now)
    return client.v1.subscriptions.retrieve(subscription.id)


class Told:
    """The events since it was made."""

    def __init__(self) -> None:
        found = events_since(None)
        self._last = found[-1]["id"] if found else None

    @property
    def events(self) -> list[dict[str, Any]]:
        return events_since(self._last)

    @property
    def types(self) -> list[str]:
        return [event["type"] for event in self.events]


def items(subscription, price, **changes) -> list[dict]:
    return [{"id": subscription.items.data[0].id, "price": price.id, **changes}]


def halfway(subscription) -> int:
    item = subscription.items.data[0]
    return (item.current_period_start + item.current_period_end) // 2
