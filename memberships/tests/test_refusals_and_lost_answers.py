"""Refusals, lost answers and odd states in the life of a membership: nothing is taken without need."""

import pytest

from memberships.current import get_membership
from memberships.errors import PaymentNeeded
from memberships.models import Plan, Subscription
from memberships.subscriptions import changes, checkout, endings, sync
from memberships.subscriptions.reconciliation import gap_between
from memberships.testing.members import Member
from stripe_sandbox import testing
from tokens.emails import kinds
from tokens.ledger.wallet import get_token_balance
from tokens.models import Mail, Purchase, StripeCustomer
from tokens.purchases.refunds import refund
from tokens.stripe_api import billing
from tokens.stripe_api.customers import forget_stripe_customer
from tokens.stripe_api.gateway import client
from tokens.sweep import sweep

pytestmark = pytest.mark.django_db


@pytest.fixture
def alices(sandbox, alice):
    return Member(sandbox, alice)


def test_a_refund_that_stripe_refuses_leaves_the_membership(alices, alice):
    order = alices.subscribe("pro")
    testing.refund(order.stripe_payment_intent_id, 300)  # in the dashboard, and nobody has told us yet
    row = refund(order, amount_cents=500, reason="as agreed", by=None)
    sweep()
    assert (row.status, get_membership(alice.pk).tier) == ("failed", "pro")


def test_a_refund_that_waits_for_stripe_does_not_end_it_before_stripe_has_accepted(alices, alice, settings):
    order = alices.subscribe("pro")
    address, settings.STRIPE_API_BASE = settings.STRIPE_API_BASE, "http://127.0.0.1:9"
    row = refund(order, amount_cents=500, reason="as agreed", by=None)
    settings.STRIPE_API_BASE = address
    assert (row.status, Subscription.objects.get().end_reason) == ("requested", "")
    type(row).objects.update(created_at="2026-11-01T00:00Z")
    sweep()
    sweep()
    assert get_membership(alice.pk).tier == "free"


@pytest.mark.parametrize("planned", ["cancel", "downgrade"])
def test_an_upgrade_that_cannot_be_paid_leaves_what_was_planned(alices, alice, planned):
    alices.subscribe("pro")
    Plan.objects.create(key="mini", name="Mini", price_cents=200, domain_limit=20)
    if planned == "cancel":
        changes.cancel(alice.pk)
    else:
        changes.change(alice.pk, "mini")
    before = get_membership(alice.pk)
    alices.decline_next()
    with pytest.raises(PaymentNeeded):
        changes.change(alice.pk, "premium")
    after = get_membership(alice.pk)
    assert (after.cancel_at, after.next_plan, after.tier) == (before.cancel_at, before.next_plan, "pro")


def test_a_price_that_is_none_of_ours_keeps_the_plan_and_its_end_is_heard(alices, alice):
    alices.subscribe("pro")
    stripe_id = get_membership(alice.pk).stripe_subscription_id
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


def test_receipts_that_were_muted_are_not_sent_when_they_are_wanted_again(alices, alice):
    kinds.choose(alice.pk, wanted=[])
    alices.subscribe("pro")
    kinds.choose(alice.pk, wanted=["membership_paid"])
    checkout.follow(Subscription.objects.get().stripe_id)
    assert not Mail.objects.exists()


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


def test_looking_at_what_an_upgrade_costs_changes_nothing(alices, alice, alice_page):
    alices.subscribe("pro")
    testing.cancel_subscription(Subscription.objects.get().stripe_id)
    before = list(Subscription.objects.values())
    alice_page.get("/membership/change?plan=premium")
    assert list(Subscription.objects.values()) == before


def test_verbs_work_before_the_news_of_the_start_has_come(alices, alice, sandbox):
    sandbox.pay(alices.start("pro"))
    changes.cancel(alice.pk)
    assert get_membership(alice.pk).cancel_at_period_end is True


def test_an_unpaid_membership_still_says_where_to_pay(alices, alice):
    alices.subscribe("pro")
    testing.dunning(retry_days=[3], finally_="unpaid")
    alices.decline_next(times=9)
    alices.advance(days=70)
    row = Subscription.objects.get()
    assert (row.status, get_membership(alice.pk).tier) == ("unpaid", "free")
    assert row.invoice_url.startswith("http")


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


def test_a_plan_that_carries_less_is_no_upgrade_even_if_it_is_dearer(alices, alice):
    alices.subscribe("premium")
    Subscription.objects.update(amount_cents=400)
    row = Subscription.objects.select_related("plan").get()
    assert changes.is_upgrade(row, Plan.objects.get(key="pro")) is False


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


def test_the_allowance_comes_once_a_month_and_a_partial_refund_takes_its_share(alices, alice):
    Plan.objects.filter(key="pro").update(monthly_tokens=30)
    order = alices.subscribe("pro")
    alices.advance(days=32)
    lots = [purchase.lot for purchase in Purchase.objects.order_by("id")]
    assert [(lot.tokens, lot.expires_at) for lot in lots] == [
        (30, invoice.membership_invoice.period_end) for invoice in Purchase.objects.order_by("id")
    ]
    refund(order, amount_cents=250, reason="as agreed", by=None)
    assert get_token_balance(alice.pk) == 45


def test_a_duplicate_whose_refund_is_refused_is_seen_by_staff_and_not_promised(
    alices, alice, sandbox, monkeypatch, caplog
):
    monkeypatch.setattr(checkout, "_close_other_pages", lambda purchase: None)
    orders = [alices.start("pro"), alices.start("premium")]
    for order in orders:
        sandbox.pay(order)
        testing.advance(seconds=2)
    alices.hear()
    second = Purchase.objects.get(package_key="premium")
    testing.refund(second.stripe_payment_intent_id or "", 1000)
    endings.end_what_must()
    assert "staff must see to it" in caplog.text
    assert "will refund what you paid" in Mail.objects.get(kind="membership_duplicate").text


def test_members_whose_customer_was_deleted_at_stripe_are_still_followed(alices, alice):
    alices.subscribe("pro")
    row = Subscription.objects.get()
    testing.rewrite("subscription", row.stripe_id, status="canceled")  # as Stripe does with those of a deleted customer
    StripeCustomer.objects.update(stripe_id="cus_deleted")
    assert alices.start("premium").checkout_url
    assert get_membership(alice.pk).tier == "free"
