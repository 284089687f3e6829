"""What Stripe tells of disputes, in the order the test wants."""

import random

from stripe_sandbox import testing


def deliver_disputes(sandbox, purchase, *, seed=None):
    events = [
        event
        for event in testing.events_since(None)
        if event["type"].startswith(("charge.dispute", "radar."))
        and event["data"]["object"].get("payment_intent") == purchase.stripe_payment_intent_id
    ]
    if seed is not None:
        random.Random(seed).shuffle(events)
    assert {sandbox.deliver(event).status_code for event in [*events, *events]} == {200}
