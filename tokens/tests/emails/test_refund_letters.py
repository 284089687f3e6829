"""Emails about refunds: one for each, when Stripe has made it, with its money and its tokens."""

import random

import pytest

from stripe_sandbox import testing
from tokens.models import Mail, Refund
from tokens.sweep import sweep
from tokens.testing.buying import buy, spend_tokens_of
from tokens.testing.letters import facts, only_email, told
from tokens.testing.refund_news import events_about, give_back

pytestmark = pytest.mark.django_db


def test_a_refund_is_told_with_its_money_and_tokens(bought):
    give_back(bought, 1000)
    email = only_email()
    assert email.subject == "Your refund of $10.00"
    assert facts(email) == {
        "Purchase number": str(bought.pk),
        "Paid": "$40.00",
        "Tokens removed": "125",
        "Your balance": "375 tokens",
    }


def test_each_of_two_refunds_is_told_once_with_its_own_tokens_whatever_its_events_do(sandbox, bought):
    give_back(bought, 1005)  # worth 125.6 tokens, and the two of them 251.25
    give_back(bought, 1005)
    events = events_about(bought)
    random.Random(7).shuffle(events)
    for event in [*events, *events]:
        sandbox.deliver(event)
    found = [facts(email)["Tokens removed"] for email in Mail.objects.order_by("id")]
    assert found == ["126", "125"]


def test_a_refund_that_leaves_a_debt_says_what_is_owed(alice, bought):
    spend_tokens_of(alice, 200)
    give_back(bought, 4000, beyond_offer=True)
    assert "Debt: 200 tokens. The next tokens you buy repay it first." in only_email().text


def test_a_refund_made_in_the_dashboard_is_told_once(sandbox, alice, bought):
    testing.refund(bought.stripe_payment_intent_id, 2000)
    for event in [*events_about(bought), *events_about(bought)]:
        sandbox.deliver(event)
    assert told(alice) == ["refund"]
    assert facts(only_email())["Tokens removed"] == "250"


def test_a_pending_refund_that_then_succeeds_is_told_once(sandbox, alice):
    purchase = buy(sandbox, alice, card="4000000000007726")
    row = give_back(purchase, 4000)
    assert (row.status, told(alice)) == ("pending", ["purchase_completed", "refund"])
    testing.settle_refund(row.stripe_id)
    for event in events_about(purchase):
        sandbox.deliver(event)
    assert Refund.objects.get().status == "succeeded"
    assert told(alice) == ["purchase_completed", "refund"]


@pytest.mark.parametrize("seed", range(3))
def test_a_refund_that_fails_after_it_was_told_is_told_again_once(sandbox, alice, bought, seed):
    row = give_back(bought, 4000)
    testing.fail_refund(row.stripe_id)
    events = events_about(bought)
    random.Random(seed).shuffle(events)
    for event in [*events, *events]:
        sandbox.deliver(event)
    assert told(alice) == ["refund", "refund_failed"]
    email = Mail.objects.get(kind="refund_failed")
    assert email.subject == "Your refund of $40.00 failed"
    assert "We returned the 500 tokens to your balance." in email.text
    assert facts(email)["Your balance"] == "500 tokens"


def test_a_refund_first_heard_of_when_it_had_failed_is_not_told(sandbox, alice, bought):
    refund = testing.refund(bought.stripe_payment_intent_id, 4000)
    testing.fail_refund(refund["id"])
    for event in reversed(events_about(bought)):
        sandbox.deliver(event)
    assert Refund.objects.get().status == "failed"
    assert told(alice) == []


def test_a_refund_that_stripe_refuses_is_not_told(alice, bought):
    testing.refund(bought.stripe_payment_intent_id)
    assert give_back(bought, 4000).status == "failed"
    assert told(alice) == []


def test_a_refund_is_told_when_stripe_has_it_not_before(alice, bought, settings):
    address = settings.STRIPE_API_BASE
    settings.STRIPE_API_BASE = "http://127.0.0.1:9"
    give_back(bought, 4000)
    assert told(alice) == []
    settings.STRIPE_API_BASE = address
    Refund.objects.update(created_at="2026-01-01T00:00Z")
    for _ in range(2):
        sweep()
    assert told(alice) == ["refund"]


def test_a_refund_heard_of_before_the_payment_is_told_after_the_receipt(sandbox, alice):
    purchase = sandbox.buy(alice)
    purchase.stripe_payment_intent_id = sandbox.pay(purchase)["payment_intent"]
    testing.refund(purchase.stripe_payment_intent_id, 4000)
    for event in events_about(purchase):
        sandbox.deliver(event)
    assert told(alice) == []
    for _ in range(2):
        sandbox.deliver(sandbox.event(purchase))
    assert told(alice) == ["purchase_completed", "refund"]
    assert facts(Mail.objects.get(kind="refund"))["Tokens removed"] == "500"
