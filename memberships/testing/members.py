"""What a test does with memberships: subscribe as a buyer, and deliver what Stripe says."""

from memberships.current import get_membership
from memberships.domain_count import domains_used
from memberships.subscriptions import checkout
from stripe_sandbox import testing
from tokens.testing.sandbox import HERE
from tokens.webhooks import inbox


class Member:
    """A user, with the sandbox's events since the last time they were told."""

    def __init__(self, sandbox, user):
        self.sandbox, self.user = sandbox, user
        earlier = testing.events_since(None)
        self.told = earlier[-1]["id"] if earlier else None

    def start(self, plan="pro"):
        """A pending order with its hosted page open."""
        return checkout.start(self.user.pk, plan, buyer=HERE)

    def subscribe(self, plan="pro", **card):
        """Subscribe on the hosted page and hear of it."""
        order = self.start(plan)
        self.sandbox.pay(order, **card)
        self.hear()
        order.refresh_from_db()
        return order

    def advance(self, *, days):
        """Let so many days pass at Stripe, and hear of them."""
        testing.advance(seconds=days * 24 * 3600)
        self.hear()

    def decline_next(self, times=1):
        """Have the user's next charges refused."""
        testing.decline_next(self.user.stripe_customer.stripe_id, times=times)

    def events(self):
        """Every event since the last time that the endpoint is subscribed to, oldest first."""
        found = testing.events_since(self.told)
        if found:
            self.told = found[-1]["id"]
        return [event for event in found if event["type"] in set(inbox.handled_types())]

    def hear(self):
        """Deliver the events in order."""
        for event in self.events():
            assert self.sandbox.deliver(event).status_code == 200, event["type"]


def has_room(user, more):
    return get_membership(user.pk).plan.covers(domains_used(user.pk) + more)
