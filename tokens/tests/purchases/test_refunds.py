"""Refunds through Stripe: ours, the dashboard's, late, twice, failed, in any order; tokens follow each time."""

import random

import pytest
from django.contrib.auth.models import Permission

from devtools.testing.factories import UserFactory
from stripe_sandbox import testing
from tokens.errors import NotPermitted, NotRefundable, RefundTooLarge
from tokens.ledger.wallet import get_token_balance
from tokens.models import Purchase, Refund
from tokens.models.refund import BEYOND_OFFER
from tokens.purchases import refunds
from tokens.purchases.lifecycle import simulate_token_purchase
from tokens.purchases.refunds import cents_for, offered_cents, preview, refund
from tokens.sweep import sweep
from tokens.testing.buying import buy, spend_tokens_of
from tokens.testing.ledger_rows import assert_books_are_right
from tokens.testing.races import at_once
from tokens.testing.refund_news import events_about, give_back

pytestmark = pytest.mark.django_db


def state(purchase):
    purchase.refresh_from_db()
    return purchase.status, purchase.tokens_reversed, get_token_balance(purchase.user_id)


def test_a_full_refund_gives_the_money_back_and_takes_the_tokens(bought):
    row = give_back(bought, 4000)
    assert (row.status, row.source, row.stripe_id[:3]) == ("succeeded", "staff", "re_")
    assert state(bought) == ("refunded", 500, 0)
    assert_books_are_right()


def test_its_own_events_add_nothing_whatever_their_order(sandbox, bought):
    give_back(bought, 1000)
    give_back(bought, 3000)
    events = events_about(bought)
    assert len(events) >= 4
    random.Random(7).shuffle(events)
    assert {sandbox.deliver(event).status_code for event in [*events, *events]} == {200}
    assert state(bought) == ("refunded", 500, 0)
    assert Refund.objects.count() == 2
    assert_books_are_right()


def test_a_refund_made_in_the_dashboard_is_matched_by_its_payment_and_recorded_as_external(sandbox, bought):
    testing.refund(bought.stripe_payment_intent_id, 2000)
    for event in events_about(bought):
        sandbox.deliver(event)
    row = Refund.objects.get()
    assert (row.source, row.amount_cents, row.status) == ("dashboard", 2000, "succeeded")
    assert state(bought) == ("partially_refunded", 250, 250)
    assert_books_are_right()


def test_the_sum_on_the_charge_alone_is_enough(sandbox, bought):
    testing.refund(bought.stripe_payment_intent_id, 1000)
    testing.refund(bought.stripe_payment_intent_id, 1000)
    sandbox.deliver([event for event in events_about(bought) if event["type"] == "charge.refunded"][-1])
    assert state(bought) == ("partially_refunded", 250, 250)
    assert Refund.objects.count() == 2


def test_a_refund_that_succeeded_and_then_failed_gives_the_tokens_back(sandbox, bought):
    row = give_back(bought, 4000)
    testing.fail_refund(row.stripe_id)
    events = events_about(bought)
    for event in [*reversed(events), *events]:
        sandbox.deliver(event)
    row.refresh_from_db()
    assert row.status == "failed"
    assert state(bought) == ("completed", 0, 500)
    assert_books_are_right()


def test_news_of_a_refund_before_the_news_of_the_payment_waits_for_it(sandbox, alice):
    purchase = sandbox.buy(alice)
    intent = sandbox.pay(purchase)["payment_intent"]
    testing.refund(intent, 4000)
    purchase.stripe_payment_intent_id = intent
    for event in events_about(purchase):
        assert sandbox.deliver(event).status_code == 200
    assert get_token_balance(alice.pk) == 0
    sandbox.deliver(sandbox.event(purchase))
    assert state(purchase) == ("refunded", 500, 0)
    assert_books_are_right()


def test_what_is_offered_is_the_unspent_share(sandbox, alice, bought):
    spend_tokens_of(alice, 200)
    assert offered_cents(bought) == 2400
    with pytest.raises(RefundTooLarge, match=r"At most \$24.00"):
        give_back(bought, 2401)
    give_back(bought, 2400)
    assert state(bought) == ("partially_refunded", 300, 0)


def test_more_than_is_offered_needs_to_be_asked_for_and_leaves_a_debt(alice, bought):
    spend_tokens_of(alice, 200)
    assert preview(bought, amount_cents=4000) == refunds.Preview(4000, 500, 300, 0, 200)
    give_back(bought, 4000, beyond_offer=True)
    assert state(bought) == ("refunded", 500, -200)
    assert_books_are_right()


def test_more_than_is_offered_needs_a_member_of_staff_who_may(alice, bought):
    spend_tokens_of(alice, 200)
    clerk = UserFactory.create(username="clerk", is_staff=True)
    with pytest.raises(NotPermitted):
        refund(bought, amount_cents=4000, reason="goodwill", by=clerk, beyond_offer=True)
    assert state(bought) == ("completed", 0, 300)
    clerk.user_permissions.add(Permission.objects.get(codename=BEYOND_OFFER))
    may = type(clerk).objects.get(pk=clerk.pk)  # permissions are remembered by the object that was asked
    assert refund(bought, amount_cents=4000, reason="goodwill", by=may, beyond_offer=True).by == may
    assert state(bought) == ("refunded", 500, -200)


def test_what_is_offered_needs_no_permission(bought):
    clerk = UserFactory.create(username="clerk", is_staff=True)
    assert refund(bought, amount_cents=4000, reason="unused", by=clerk).status == "succeeded"


def test_a_preview_says_what_other_lots_would_give_and_changes_nothing(sandbox, alice, bought):
    spend_tokens_of(alice, 200)
    buy(sandbox, alice, "starter")
    assert preview(bought, amount_cents=4000) == refunds.Preview(4000, 500, 300, 100, 100)
    assert state(bought) == ("completed", 0, 400)


def test_the_money_for_so_many_tokens_is_rounded_down(bought):
    assert [cents_for(bought, tokens) for tokens in (1, 100, 333, 500)] == [8, 800, 2664, 4000]
    odd = Purchase(tokens=3, paid_cents=100, status="completed")
    assert [cents_for(odd, tokens) for tokens in (1, 2, 3)] == [33, 66, 100]


def test_a_form_sent_twice_refunds_once(bought):
    key = "11111111-1111-4111-8111-111111111111"
    rows = [give_back(bought, 1000, key=key) for _ in range(2)]
    assert rows[0].pk == rows[1].pk
    assert state(bought) == ("partially_refunded", 125, 375)


def test_an_unreachable_stripe_is_asked_again_by_the_sweep_and_refunds_once(bought, settings):
    address = settings.STRIPE_API_BASE
    settings.STRIPE_API_BASE = "http://127.0.0.1:9"
    row = give_back(bought, 4000)
    assert (row.status, state(bought)) == ("requested", ("refunded", 500, 0))
    settings.STRIPE_API_BASE = address
    Refund.objects.update(created_at="2026-01-01T00:00Z")
    assert [sweep()["refunds sent"] for _ in range(2)] == [1, 0]
    row.refresh_from_db()
    assert row.status == "succeeded"
    assert len([event for event in events_about(bought) if event["type"] == "refund.created"]) == 1


def test_a_refund_whose_answer_was_lost_a_day_ago_is_not_made_twice(bought):
    row = give_back(bought, 1000)
    Refund.objects.update(status="requested", stripe_id=None, created_at="2026-01-01T00:00Z")
    testing.forget_answers()
    assert sweep()["refunds sent"] == 1
    row.refresh_from_db()
    assert (row.status, row.stripe_id[:3]) == ("succeeded", "re_")
    assert len([event for event in events_about(bought) if event["type"] == "refund.created"]) == 1


def test_a_refund_that_stripe_refuses_has_failed_and_the_tokens_are_back(bought):
    testing.refund(bought.stripe_payment_intent_id)  # in the dashboard, and nobody has told us yet
    row = give_back(bought, 4000)
    assert row.status == "failed"
    assert "refunded" in row.failure
    assert state(bought) == ("completed", 0, 500)


@pytest.mark.parametrize("status", ["pending", "failed"])
def test_what_was_not_paid_cannot_be_refunded(sandbox, alice, status):
    purchase = sandbox.buy(alice)
    Purchase.objects.update(status=status)
    with pytest.raises(NotRefundable):
        give_back(purchase, 1000)


def test_a_simulated_purchase_has_no_money_to_give_back(alice):
    with pytest.raises(NotRefundable):
        give_back(simulate_token_purchase(alice.pk, "pro"), 1000)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_eight_refunds_at_once_give_back_no_more_than_was_paid(sandbox, alice):
    purchase = buy(sandbox, alice)
    outcomes = at_once(lambda _: give_back(purchase, 1500))
    assert sum(isinstance(outcome, Refund) for outcome in outcomes) == 2
    assert sum(isinstance(outcome, RefundTooLarge) for outcome in outcomes) == 6
    assert state(purchase) == ("partially_refunded", 375, 125)
    assert_books_are_right()
