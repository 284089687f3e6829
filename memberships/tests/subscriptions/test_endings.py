"""What ends a membership: a cancellation, the month's money going back, the billing portal."""

import pytest

from memberships.current import get_membership
from memberships.models import Membership, Plan, Subscription
from memberships.subscriptions import changes
from memberships.testing.invoices import history
from stripe_sandbox import testing
from tokens.ledger.wallet import get_token_balance
from tokens.purchases.refunds import refund
from tokens.sweep import sweep

pytestmark = pytest.mark.django_db


def test_cancelling_ends_it_with_the_month_and_resuming_takes_that_back(alices, alice):
    alices.subscribe("pro")
    changes.cancel(alice.pk)
    found = get_membership(alice.pk)
    assert (found.tier, found.cancel_at) == ("pro", found.current_period_end)
    changes.resume(alice.pk)
    assert get_membership(alice.pk).cancel_at is None
    changes.change(alice.pk, "free")
    alices.advance(days=32)
    found = get_membership(alice.pk)
    assert (found.tier, found.status, found.is_billed) == ("free", "canceled", False)
    assert len(history(alice)) == 1


def test_fully_refunding_this_month_ends_it_at_once(alices, alice):
    order = alices.subscribe("pro")
    refund(order, amount_cents=500, reason="as agreed", by=None)
    sweep()
    alices.hear()
    assert (get_membership(alice.pk).tier, history(alice)) == ("free", [("Pro membership, 1 month", 500, "refunded")])


def test_a_partial_refund_changes_only_the_history(alices, alice):
    order = alices.subscribe("pro")
    refund(order, amount_cents=499, reason="as agreed", by=None)
    sweep()
    alices.hear()
    assert get_membership(alice.pk).tier == "pro"
    assert history(alice)[0][2] == "partially_refunded"


def test_refunding_an_earlier_month_changes_only_the_history(alices, alice):
    order = alices.subscribe("pro")
    alices.advance(days=32)
    testing.refund(order.stripe_payment_intent_id)
    alices.hear()
    sweep()
    assert get_membership(alice.pk).tier == "pro"
    assert [line[2] for line in history(alice)] == ["refunded", "completed"]


def test_money_withdrawn_by_a_dispute_ends_it_and_an_inquiry_does_not(alices, alice):
    order = alices.subscribe("pro")
    testing.dispute(order.stripe_payment_intent_id, inquiry=True)
    alices.hear()
    sweep()
    assert get_membership(alice.pk).tier == "pro"
    testing.dispute(order.stripe_payment_intent_id)
    alices.hear()
    sweep()
    assert get_membership(alice.pk).tier == "free"
    assert Subscription.objects.get().end_reason == "disputed"


@pytest.mark.parametrize("settled", ["usd:500", "eur:460"])
def test_a_dispute_in_another_currency_ends_it_too_whether_or_not_anything_relates_the_two(alices, alice, settled):
    order = alices.subscribe("pro")
    testing.dispute(order.stripe_payment_intent_id, amount=460, currency="eur", settled=settled)
    alices.hear()
    sweep()
    assert get_membership(alice.pk).tier == "free"


def test_a_refund_of_the_month_in_another_currency_ends_it_when_it_is_all_of_it(alices, alice):
    order = alices.subscribe("pro")
    testing.refund(order.stripe_payment_intent_id, 230, currency="eur", settled="usd:250")
    alices.hear()
    assert history(alice)[0][2] == "partially_refunded"
    testing.refund(order.stripe_payment_intent_id, 230, currency="eur", settled="usd:250")
    alices.hear()
    sweep()
    assert (get_membership(alice.pk).tier, history(alice)[0][2]) == ("free", "refunded")


def test_refunding_the_month_takes_its_allowance(alices, alice):
    Plan.objects.filter(key="pro").update(monthly_tokens=30)
    order = alices.subscribe("pro")
    refund(order, amount_cents=500, reason="as agreed", by=None)
    assert get_token_balance(alice.pk) == 0


def test_what_is_done_in_the_billing_portal_is_followed_and_can_be_taken_back(alices, alice):
    alices.subscribe("pro")
    stripe_id = Membership.objects.get(pk=alice.pk).stripe_subscription_id
    testing.cancel_in_portal(stripe_id)
    alices.hear()
    assert get_membership(alice.pk).cancel_at_period_end is True
    changes.resume(alice.pk)
    assert get_membership(alice.pk).cancel_at_period_end is False
    testing.cancel_in_portal(stripe_id)
    alices.advance(days=32)
    assert get_membership(alice.pk).tier == "free"
