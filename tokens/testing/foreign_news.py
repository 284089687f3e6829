"""Disputes and refunds in another currency than the purchase's, and their events."""

import random
from decimal import Decimal

from stripe_sandbox import testing
from tokens.models import Refund
from tokens.staff.acts import Why
from tokens.staff.stating import state
from tokens.testing.dispute_news import deliver_disputes
from tokens.testing.office import hire
from tokens.testing.refund_news import events_about


def disputed(sandbox, purchase, *, amount=3680, currency="eur", settled=None, seed=None):
    """A dispute in euros, settled as said (by default in euros, too), and its events."""
    settled = settled or f"{currency}:{amount}"
    how = {"amount": amount, "currency": currency, "settled": settled}
    opened = testing.dispute(purchase.stripe_payment_intent_id, **how)
    deliver_disputes(sandbox, purchase, seed=seed)
    return opened["id"]


def decided(sandbox, purchase, dispute, *, seed=None, **verdict):
    testing.close_dispute(dispute, **verdict)
    deliver_disputes(sandbox, purchase, seed=seed)


def given_back(sandbox, purchase, amount, *, settled, currency="eur"):
    testing.refund(purchase.stripe_payment_intent_id, amount, currency=currency, settled=settled)
    hear_of_refunds(sandbox, purchase)
    return Refund.objects.get(stripe_currency=currency)


def hear_of_refunds(sandbox, purchase, *, seed=None):
    events = events_about(purchase)
    if seed is not None:
        random.Random(seed).shuffle(events)
    assert {sandbox.deliver(event).status_code for event in [*events, *events]} == {200}


def said(row, amount, *, role="finance"):
    return state(row, amount=Decimal(amount), why=Why(hire(role), "By the bank's statement"))
