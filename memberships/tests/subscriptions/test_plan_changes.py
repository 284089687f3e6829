"""Another plan: up at once, down with the next month, and what each costs."""

import pytest

from memberships.current import get_membership
from memberships.errors import PaymentNeeded
from memberships.models import Plan, Subscription
from memberships.subscriptions import changes
from memberships.testing.invoices import history
from memberships.testing.members import has_room
from stripe_sandbox import testing
from tokens.errors import OwnTerms
from tokens.staff.acts import Why, record

pytestmark = pytest.mark.django_db


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


def test_looking_at_what_an_upgrade_costs_changes_nothing(alices, alice, alice_page):
    alices.subscribe("pro")
    testing.cancel_subscription(Subscription.objects.get().stripe_id)
    before = list(Subscription.objects.values())
    alice_page.get("/membership/change?plan=premium")
    assert list(Subscription.objects.values()) == before


def test_a_plan_that_carries_less_is_no_upgrade_even_if_it_is_dearer(alices, alice):
    alices.subscribe("premium")
    Subscription.objects.update(amount_cents=400)
    row = Subscription.objects.select_related("plan").get()
    assert changes.is_upgrade(row, Plan.objects.get(key="pro")) is False


def test_nobody_changes_to_a_plan_whose_terms_they_set(alices, alice):
    alices.subscribe("pro")
    record("change plan", "plan premium", why=Why(alice, "Changed in the back office"), user_id=None)
    with pytest.raises(OwnTerms, match="You changed this plan yourself"):
        changes.change(alice.pk, "premium")
    assert get_membership(alice.pk).tier == "pro"
    changes.cancel(alice.pk)
    changes.change(alice.pk, "pro")  # what one has, one may keep
