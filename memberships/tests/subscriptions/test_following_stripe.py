"""The shop follows what Stripe has: whose subscription it is, which plan, and when it ends."""

import pytest

from memberships.current import get_membership
from memberships.models import Membership, Subscription
from memberships.subscriptions import changes, checkout, sync
from memberships.subscriptions.reconciliation import gap_between
from stripe_sandbox import testing
from tokens.models import Mail, StripeCustomer
from tokens.stripe_api import billing
from tokens.stripe_api.customers import forget_stripe_customer
from tokens.stripe_api.gateway import client

pytestmark = pytest.mark.django_db


def test_a_price_that_is_none_of_ours_keeps_the_plan_and_its_end_is_heard(alices, alice):
    alices.subscribe("pro")
    stripe_id = Membership.objects.get(pk=alice.pk).stripe_subscription_id
    vip = a_price_of_staff()
    billing.update_subscription(
        stripe_id, {"items": [{"id": Subscription.objects.get().item_id, "price": vip}], "proration_behavior": "none"}
    )
    alices.hear()
    assert (get_membership(alice.pk).tier, Subscription.objects.get().amount_cents) == ("pro", 300)
    testing.cancel_subscription(stripe_id)
    alices.hear()
    assert get_membership(alice.pk).tier == "free"


def a_price_of_staff():
    recurring = {"interval": "month"}
    price = {"currency": "usd", "unit_amount": 300, "recurring": recurring, "product_data": {"name": "VIP"}}
    return client().v1.prices.create(params=price).id  # type: ignore[arg-type]  # plain data


def test_a_subscription_stays_with_whose_it_was_when_the_customer_is_made_anew(alices, alice):
    alices.subscribe("pro")
    forget_stripe_customer(alice.stripe_customer.stripe_id)
    assert not StripeCustomer.objects.exclude(stripe_id=None).exists()
    testing.cancel_subscription(Subscription.objects.get().stripe_id)
    alices.hear()
    assert get_membership(alice.pk).tier == "free"


def test_verbs_work_before_the_news_of_the_start_has_come(alices, alice, sandbox):
    sandbox.pay(alices.start("pro"))
    changes.cancel(alice.pk)
    assert get_membership(alice.pk).cancel_at_period_end is True


def test_a_membership_does_not_end_by_our_own_clock(alices, alice):
    alices.subscribe("pro")
    changes.cancel(alice.pk)
    Subscription.objects.update(cancel_at="2026-01-01T00:00Z", current_period_end="2026-01-01T00:00Z")
    sync.refresh_membership(alice.pk)
    assert get_membership(alice.pk).tier == "pro"


def test_a_cancellation_nobody_heard_of_is_a_difference(alices, alice):
    alices.subscribe("pro")
    row = Subscription.objects.get()
    testing.cancel_in_portal(row.stripe_id)
    gap = gap_between(billing.retrieve_subscription(row.stripe_id), row)
    assert gap is not None
    assert (gap.ours.endswith("renews"), "ends " in gap.theirs) == (True, True)


def test_a_new_one_is_no_duplicate_of_one_that_is_being_ended(alices, alice, sandbox, monkeypatch):
    alices.subscribe("pro")
    Subscription.objects.update(end_reason="refunded")
    monkeypatch.setattr(checkout, "_refuse_members", lambda user_id: None)
    sandbox.pay(alices.start("premium"))
    alices.hear()
    assert Subscription.objects.get(plan="premium").end_reason == ""
    assert get_membership(alice.pk).tier == "premium"


def test_an_end_that_is_heard_of_after_a_new_beginning_is_not_told(alices, alice):
    alices.subscribe("pro")
    first = Subscription.objects.get()
    billing.cancel_subscription(first.stripe_id)
    late = alices.events()
    alices.subscribe("premium")
    Mail.objects.all().delete()
    Subscription.objects.filter(pk=first.pk).update(status="active", fetched_at="2026-01-01T00:00Z")
    for event in late:
        assert alices.sandbox.deliver(event).status_code == 200
    assert Subscription.objects.get(pk=first.pk).status == "canceled"
    assert not Mail.objects.filter(kind="membership_ended").exists()
    assert get_membership(alice.pk).tier == "premium"


def test_members_whose_customer_was_deleted_at_stripe_are_still_followed(alices, alice):
    alices.subscribe("pro")
    row = Subscription.objects.get()
    testing.rewrite("subscription", row.stripe_id, status="canceled")  # as Stripe does with those of a deleted customer
    StripeCustomer.objects.update(stripe_id="cus_deleted")
    assert alices.start("premium").checkout_url
    assert get_membership(alice.pk).tier == "free"
