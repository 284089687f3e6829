"""What a test does with the Stripe sandbox: pay as a buyer, and deliver webhooks with real signatures."""

import json
from contextlib import contextmanager

from django.conf import settings
from django.test import override_settings

from stripe_sandbox import testing
from tokens.purchases.checkout import open_checkout
from tokens.purchases.lifecycle import Buyer

WEBHOOK = "/api/tokens/webhook"
HERE = Buyer(origin="http://testserver", client_ip="127.0.0.1", user_agent="a test")


class Sandbox:
    def __init__(self, client):
        self.client = client

    def buy(self, user, package="pro"):
        """A pending purchase with its hosted page open."""
        return open_checkout(user.pk, package, buyer=HERE)

    def pay(self, purchase, **card):
        """Pay on the hosted page; no webhook comes by itself. Returns the session as it is then."""
        return testing.pay(purchase.stripe_checkout_session_id, **card)

    def event(self, purchase, type="checkout.session.completed"):
        """The latest event of this type about the purchase's session."""
        return testing.events_of(purchase.stripe_checkout_session_id, type=type)[-1]

    def deliver(self, event):
        """Send an event as Stripe does: these bytes, freshly signed."""
        body = json.dumps(event).encode()
        return self.post(body, testing.signature(body))

    def post(self, body, signature):
        return self.client.post(
            WEBHOOK, body, content_type="application/json", headers={"Stripe-Signature": signature} if signature else {}
        )


@contextmanager
def running_sandbox(store, *, webhook_url=""):
    """A local Stripe of the test's own, which is the shop's meanwhile."""
    secret = settings.STRIPE_WEBHOOK_SECRET
    with (
        testing.run_sandbox(store, webhook_url=webhook_url, webhook_secret=secret) as running,
        override_settings(STRIPE_API_BASE=running.address),
    ):
        yield running


def wait_for_deliveries(*, seconds=10):
    """Until no webhook is waiting or under way, so that none comes while the next test begins."""
    testing.current().wait_for_deliveries(seconds=seconds)
