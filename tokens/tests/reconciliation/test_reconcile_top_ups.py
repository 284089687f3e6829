"""Top-ups against Stripe: what no event told is found, what agrees is left, and what a restore lost is made again."""

import pytest

from stripe_sandbox import testing
from tokens.ledger.wallet import read_wallet
from tokens.models import AutoTopUp, Mail, Purchase, TopUp
from tokens.reconciliation.run import reconcile
from tokens.testing.buying import buy
from tokens.testing.reconciled import report
from tokens.testing.restored import lost
from tokens.testing.topping_up import paid, spend_to, turn_on, work
from tokens.top_up import charging, counting, deciding, settling


@pytest.fixture
def on(sandbox, alice):
    buy(sandbox, alice)
    return turn_on(alice)


def charged_in_silence(user, monkeypatch):
    """A charge of which the shop has heard nothing."""
    spend_to(user, 0)
    deciding.order_next()
    with monkeypatch.context() as patched:
        patched.setattr(settling, "settle", lambda intent: Purchase.objects.get(top_up__user=user))
        charging.charge_next()
    return Purchase.objects.get(top_up__user=user)


def of_top_ups(lines):
    return [line for line in lines if line.startswith("top-up")]


def test_what_agrees_is_left_alone(alice, on):
    spend_to(alice, 0)
    work()
    reconcile()
    assert of_top_ups(report()) == []


def test_a_charge_of_which_nothing_was_heard_is_credited_once(alice, on, monkeypatch):
    purchase = charged_in_silence(alice, monkeypatch)
    intent = purchase.stripe_payment_intent_id
    (event,) = testing.events_of(intent, type="payment_intent.succeeded")
    assert event
    run = reconcile()
    assert f"{intent}" in run.report
    assert read_wallet(alice.pk).balance == 100
    assert TopUp.objects.get().status == "done"
    assert of_top_ups(report()) == []


def test_a_payment_that_stripe_does_not_know_is_said(alice, on):
    spend_to(alice, 0)
    work()
    testing.remove(Purchase.objects.get(top_up__user=alice).stripe_payment_intent_id)
    lines = of_top_ups(report())
    assert len(lines) == 1
    assert "unknown at Stripe" in lines[0]


def test_a_payment_with_another_amount_credits_nothing(alice, on, monkeypatch):
    purchase = charged_in_silence(alice, monkeypatch)
    testing.rewrite("payment_intent", purchase.stripe_payment_intent_id, amount=1, amount_received=1)
    lines = of_top_ups(report())
    assert len(lines) == 1
    assert "not repaired" in lines[0]
    assert read_wallet(alice.pk).balance == 0


def test_what_a_restore_lost_is_made_again_and_counts_toward_the_limit(sandbox, alice, on):
    with lost():
        spend_to(alice, 0)
        work()
    assert not TopUp.objects.exists()
    assert paid(alice) == [1000]
    reconcile(adopt=True)
    purchase = Purchase.objects.get(top_up__user=alice)
    assert purchase.is_paid
    assert purchase.adopted_at
    assert purchase.description == "Automatic top-up: Starter Pack"
    assert read_wallet(alice.pk).balance == 600
    (event,) = testing.events_of(purchase.stripe_payment_intent_id, type="payment_intent.succeeded")
    sandbox.deliver(event)
    assert not Mail.objects.filter(kind="top_up_done").exists()  # who paid had a receipt then
    assert counting.cost_cents(alice.pk, "usd", purchase.created_at) == 1000
    reconcile(adopt=True)
    assert read_wallet(alice.pk).balance == 600
    assert AutoTopUp.objects.get().is_on


def test_a_run_without_adopting_names_what_is_lost(alice, on):
    with lost():
        spend_to(alice, 0)
        work()
    lines = of_top_ups(report())
    assert len(lines) == 1
    assert "--adopt" in lines[0]
    assert read_wallet(alice.pk).balance == 500
