"""A membership begins: on the hosted page, once, and again after it has ended."""

import pytest

from memberships.current import get_membership
from memberships.errors import AlreadyMember, NotSubscribed, UnknownPlan
from memberships.models import Invoice, Membership, Subscription
from memberships.subscriptions import changes, checkout, sync
from memberships.testing.members import has_room
from stripe_sandbox import testing
from tokens.models import Purchase
from tokens.testing.sandbox import HERE

pytestmark = pytest.mark.django_db


def test_subscribing_makes_a_member_and_a_line_in_the_history(alices, alice):
    order = alices.subscribe("pro")
    found = get_membership(alice.pk)
    assert (found.tier, found.status, found.domains_limit, found.is_billed) == ("pro", "active", 50, True)
    assert (order.status, order.type, order.paid_cents, order.tokens) == ("completed", "subscription", 500, 0)
    assert order.stripe_invoice_id.startswith("in_")
    assert order.stripe_payment_intent_id.startswith("pi_")
    assert Invoice.objects.get().purchase_id == order.pk
    assert Subscription.objects.count() == Membership.objects.count() == Purchase.objects.count() == 1


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


def test_reading_a_membership_is_one_statement_and_asking_for_room_two(alices, alice, django_assert_num_queries):
    alices.subscribe("pro")
    with django_assert_num_queries(1):
        get_membership(alice.pk)
    with django_assert_num_queries(2):
        has_room(alice, 5)


def test_a_page_that_stripe_no_longer_knows_is_replaced(alices, alice):
    order = alices.start("pro")
    Purchase.objects.update(stripe_checkout_session_id="cs_test_gone")
    again = alices.start("pro")
    order.refresh_from_db()
    assert (order.status, again.pk == order.pk, again.status) == ("expired", False, "pending")


def test_a_page_that_is_over_without_a_paid_invoice_fails_its_order(alices, alice, sandbox):
    order = alices.start("pro")
    session = sandbox.pay(order)
    testing.rewrite("invoice", session["invoice"], status="void")
    testing.rewrite("subscription", session["subscription"], status="incomplete_expired")
    assert checkout.settle_order(order).status == "failed"
    assert get_membership(alice.pk).is_billed is False


def test_an_incomplete_first_payment_is_no_membership_and_says_no_date(alices, alice, sandbox):
    session = sandbox.pay(alices.start("pro"))
    testing.rewrite("subscription", session["subscription"], status="incomplete")
    sync.sync(session["subscription"])
    found = get_membership(alice.pk)
    assert (found.tier, found.status, found.is_billed, found.current_period_end) == ("free", "incomplete", False, None)
