"""Refunds made, and what Stripe tells of them."""

from stripe_sandbox import testing
from tokens.purchases.refunds import refund


def give_back(purchase, cents, **more):
    return refund(purchase, amount_cents=cents, reason="as agreed", by=None, **more)


def events_about(purchase):
    """Every refund event about the purchase, as Stripe would send it."""
    return [
        event
        for event in testing.events_since(None)
        if event["type"].startswith(("refund.", "charge.refund"))
        and event["data"]["object"].get("payment_intent") == purchase.stripe_payment_intent_id
    ]
