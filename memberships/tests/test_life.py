"""A membership's life through the real SDK: started, renewed, failed, recovered, changed, cancelled, resumed."""

from datetime import timedelta
from itertools import pairwise

import pytest
import time_machine
from django.utils import timezone

from memberships.current import get_membership
from memberships.domain_count import domains_used
from memberships.errors import AlreadyMember, NotSubscribed, PaymentNeeded, UnknownPlan
from memberships.models import Invoice, Membership, Plan, Subscription
from memberships.subscriptions import changes, checkout
from memberships.testing.members import Member
from stripe_sandbox import testing
from tokens.ledger.wallet import get_token_balance
from tokens.models import Mail, Purchase
from tokens.purchases.refunds import refund
from tokens.stripe_api import billing
from tokens.sweep import sweep
from tokens.testing.sandbox import HERE

pytestmark = pytest.mark.django_db


def has_room(user, more):
    return get_membership(user.pk).plan.covers(domains_used(user.pk) + more)


@pytest.fixture
def alices(sandbox, alice):
    return Member(sandbox, alice)


def test_subscribing_makes_a_member_and_a_line_in_the_history(alices, alice):
    order = alices.subscribe("pro")
    found = get_membership(alice.pk)
    assert (found.tier, found.status, found.domains_limit, found.is_billed) == ("pro", "active", 50, True)
    assert (order.status, order.type, order.paid_cents, order.tokens) == ("completed", "subscription", 500, 0)
    assert order.stripe_invoice_id.startswith("in_")
    assert order.stripe_payment_intent_id.startswith("pi_")
    assert Invoice.objects.get().purchase_id == order.pk
    assert Subscription.objects.count() == Membership.objects.count() == Purchase.objects.count() == 1


def latest_invoice(subscription_id):
    return billing.retrieve_subscription(subscription_id)["latest_invoice"]["id"]


def history(user):
    """[(description, paid, status), …], oldest first."""
    return list(Purchase.objects.for_user(user.pk).order_by("id").values_list("description", "paid_cents", "status"))


def test_three_months_are_three_more_paid_invoices(alices, alice):
    alices.subscribe("pro")
    for _ in range(3):
        alices.advance(days=32)
    assert history(alice) == [("Pro membership, 1 month", 500, "completed")] * 4
    periods = Invoice.objects.order_by("period_start").values_list("period_start", "period_end")
    assert all(end == start for (_, end), (start, _) in pairwise(periods))
    assert get_membership(alice.pk).status == "active"


def test_a_renewal_that_fails_has_a_grace_period_and_recovery_restores(alices, alice):
    alices.subscribe("pro")
    alices.decline_next()
    alices.advance(days=32)
    found = get_membership(alice.pk)
    assert (found.tier, found.status) == ("pro", "past_due")
    assert found.grace_until is not None
    assert timedelta(days=6, hours=23) < found.grace_until - timezone.now() <= timedelta(days=7)
    assert Mail.objects.filter(kind="membership_payment_failed").count() == 1
    assert Subscription.objects.get().invoice_url.startswith("http")
    alices.advance(days=4)
    assert (get_membership(alice.pk).status, len(history(alice))) == ("active", 2)


def test_after_the_grace_period_it_no_longer_counts(alices, alice):
    alices.subscribe("pro")
    alices.decline_next(times=9)
    alices.advance(days=32)
    with time_machine.travel(timezone.now() + timedelta(days=6, hours=23)):
        assert get_membership(alice.pk).tier == "pro"
    with time_machine.travel(timezone.now() + timedelta(days=7, minutes=1)):
        assert get_membership(alice.pk).tier == "free"
    alices.advance(days=30)
    assert (get_membership(alice.pk).tier, get_membership(alice.pk).status) == ("free", "canceled")


def test_an_upgrade_is_at_once_and_prorated(alices, alice):
    alices.subscribe("pro")
    alices.advance(days=10)
    cost = changes.upgrade_cost_cents(Subscription.objects.get(), Plan.objects.get(key="premium"))
    changes.change(alice.pk, "premium")
    assert get_membership(alice.pk).tier == "premium"
    assert cost is not None
    assert 200 < cost < 500
    assert history(alice)[1] == ("Premium membership, for the rest of the month", cost, "completed")
    alices.hear()
    assert len(history(alice)) == 2


def test_an_upgrade_whose_payment_fails_changes_nothing_and_says_where_to_pay(alices, alice):
    alices.subscribe("pro")
    alices.decline_next()
    with pytest.raises(PaymentNeeded) as refused:
        changes.change(alice.pk, "premium")
    assert refused.value.invoice_url.startswith("http")
    alices.hear()
    assert (get_membership(alice.pk).tier, len(history(alice))) == ("pro", 1)


def test_a_downgrade_waits_for_the_end_of_the_month(alices, alice):
    alices.subscribe("premium")
    changes.change(alice.pk, "pro")
    found = get_membership(alice.pk)
    assert (found.tier, str(found.next_plan)) == ("premium", "Pro")
    alices.hear()
    alices.advance(days=32)
    assert (get_membership(alice.pk).tier, get_membership(alice.pk).next_plan) == ("pro", None)
    assert history(alice)[1] == ("Pro membership, 1 month", 500, "completed")


def test_a_downgrade_can_be_taken_back(alices, alice):
    alices.subscribe("premium")
    changes.change(alice.pk, "pro")
    changes.change(alice.pk, "premium")
    assert get_membership(alice.pk).next_plan is None
    alices.hear()
    alices.advance(days=32)
    assert get_membership(alice.pk).tier == "premium"


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


def test_after_it_has_ended_one_may_begin_again(alices, alice):
    alices.subscribe("pro")
    changes.cancel_now(alice.pk)
    alices.hear()
    assert get_membership(alice.pk).tier == "free"
    alices.subscribe("premium")
    assert (get_membership(alice.pk).tier, get_membership(alice.pk).status) == ("premium", "active")
    assert not Subscription.objects.exclude(end_reason="").exists()


def test_who_has_one_changes_it_and_who_has_none_cannot(alices, alice, bob):
    alices.subscribe("pro")
    with pytest.raises(AlreadyMember):
        alices.start("premium")
    for verb in (changes.cancel, changes.resume, changes.cancel_now):
        with pytest.raises(NotSubscribed):
            verb(bob.pk)
    with pytest.raises(UnknownPlan, match="Use: pro, premium"):
        checkout.start(bob.pk, "free", buyer=HERE)


def test_the_same_page_is_open_for_a_second_click(alices):
    assert alices.start("pro").pk == alices.start("pro").pk


def test_another_plan_closes_the_page_of_the_first(alices):
    pro, premium = alices.start("pro"), alices.start("premium")
    pro.refresh_from_db()
    assert (pro.status, premium.status) == ("expired", "pending")


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


def test_the_months_allowance_comes_with_each_payment_and_ends_with_the_month(alices, alice):
    Plan.objects.filter(key="pro").update(monthly_tokens=30)
    alices.subscribe("pro")
    assert get_token_balance(alice.pk) == 30
    alices.hear()
    lot = Purchase.objects.get().lot
    assert (lot.expires_at, lot.paid_cents) == (Invoice.objects.get().period_end, 0)


def test_refunding_the_month_takes_its_allowance(alices, alice):
    Plan.objects.filter(key="pro").update(monthly_tokens=30)
    order = alices.subscribe("pro")
    refund(order, amount_cents=500, reason="as agreed", by=None)
    assert get_token_balance(alice.pk) == 0


def test_what_is_done_in_the_billing_portal_is_followed_and_can_be_taken_back(alices, alice):
    alices.subscribe("pro")
    stripe_id = get_membership(alice.pk).stripe_subscription_id
    testing.cancel_in_portal(stripe_id)
    alices.hear()
    assert get_membership(alice.pk).cancel_at_period_end is True
    changes.resume(alice.pk)
    assert get_membership(alice.pk).cancel_at_period_end is False
    testing.cancel_in_portal(stripe_id)
    alices.advance(days=32)
    assert get_membership(alice.pk).tier == "free"


def test_a_renewal_that_the_bank_wants_confirmed_says_where_and_recovers(alices, alice):
    alices.subscribe("pro", card="4000002760003184")
    alices.advance(days=32)
    found = get_membership(alice.pk)
    assert (found.tier, found.status) == ("pro", "past_due")
    email = Mail.objects.get(kind="membership_confirmation_needed")
    row = Subscription.objects.get()
    assert row.invoice_url in email.text
    testing.pay_invoice(latest_invoice(row.stripe_id))
    alices.hear()
    assert (get_membership(alice.pk).status, len(history(alice))) == ("active", 2)
    assert Mail.objects.filter(kind="membership_paid").count() == 2


def test_paying_the_open_invoice_with_another_card_restores(alices, alice):
    alices.subscribe("pro")
    alices.decline_next(times=9)
    alices.advance(days=40)
    Membership.objects.update(grace_until="2026-01-01T00:00Z")
    assert get_membership(alice.pk).tier == "free"
    alices.decline_next(times=0)
    testing.pay_invoice(latest_invoice(Subscription.objects.get().stripe_id))
    alices.hear()
    assert (get_membership(alice.pk).tier, get_membership(alice.pk).status) == ("pro", "active")


def test_a_price_change_is_for_new_subscriptions_until_staff_move_the_others(alices, alice):
    alices.subscribe("pro")
    Plan.objects.filter(key="pro").update(price_cents=700)
    alices.advance(days=32)
    assert [line[1] for line in history(alice)] == [500, 500]
    changes.move_to_present_price(Subscription.objects.get())
    alices.advance(days=31)
    assert [line[1] for line in history(alice)] == [500, 500, 700]


def test_a_downgrade_below_the_domains_in_use_keeps_them_and_refuses_new_ones(alices, alice, monkeypatch):
    monkeypatch.setattr("memberships.domain_count.counts_domains.functions", [lambda user_id: 60])
    alices.subscribe("premium")
    changes.change(alice.pk, "pro")
    alices.advance(days=32)
    assert (get_membership(alice.pk).tier, has_room(alice, 1)) == ("pro", False)


def test_reading_a_membership_is_one_statement_and_asking_for_room_two(alices, alice, django_assert_num_queries):
    alices.subscribe("pro")
    with django_assert_num_queries(1):
        get_membership(alice.pk)
    with django_assert_num_queries(2):
        has_room(alice, 5)
