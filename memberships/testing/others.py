"""What a test does with other products on the same Stripe account: prices, subscriptions and charges of theirs."""

from typing import Any

from memberships import plans
from memberships.models import Plan
from stripe_sandbox import testing
from tokens.stripe_api.customers import stripe_customer_id
from tokens.stripe_api.gateway import client


def a_price(cents, name="Storage"):
    """The id of a monthly price that is none of this shop's."""
    params: Any = {
        "currency": "usd",
        "unit_amount": cents,
        "recurring": {"interval": "month"},
        "product_data": {"name": name},
    }
    return client().v1.prices.create(params=params).id


def our_price(key="pro"):
    return plans.stripe_price(Plan.objects.get(key=key))


def offer(user, *prices, quantity=1):
    """A Checkout Session for a subscription of the user's Customer with these prices, in this order; gives its id."""
    params: Any = {
        "mode": "subscription",
        "customer": stripe_customer_id(user.pk),
        "line_items": [{"price": price, "quantity": quantity} for price in prices],
        "success_url": "http://testserver/elsewhere",
    }
    return client().v1.checkout.sessions.create(params=params).id


def sell(user, *prices, quantity=1):
    """The subscription of an offer that is paid for; gives its id."""
    return testing.pay(offer(user, *prices, quantity=quantity))["subscription"]


def charge_once(user, subscription_id, cents):
    """Something that the next invoice of the subscription charges besides."""
    customer = user.stripe_customer.stripe_id
    params: Any = {"customer": customer, "subscription": subscription_id, "amount": cents, "currency": "usd"}
    return client().v1.invoice_items.create(params=params).id


def items_of(subscription_id):
    """[(price, quantity)] as Stripe has them now."""
    items = client().v1.subscriptions.retrieve(subscription_id).to_dict()["items"]["data"]
    return [(item["price"]["id"], item["quantity"]) for item in items]
