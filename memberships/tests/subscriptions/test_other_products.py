"""The plan is the item with one of our prices, and a month the line of that item, whatever else Stripe sells beside."""

import pytest

from memberships.current import get_membership
from memberships.errors import PaymentNeeded
from memberships.models import Invoice, Plan, Subscription
from memberships.subscriptions import changes, endings
from memberships.testing.members import Member
from memberships.testing.others import a_price, charge_once, items_of, our_price, sell
from stripe_sandbox import testing
from tokens.ledger.wallet import get_token_balance
from tokens.models import Purchase, StripeEvent
from tokens.purchases.refunds import refund
from tokens.reconciliation.run import reconcile
from tokens.stripe_api import billing

pytestmark = pytest.mark.django_db


@pytest.fixture
def alices(sandbox, alice):
    Plan.objects.filter(key="pro").update(monthly_tokens=20)
    return Member(sandbox, alice)


@pytest.fixture
def addon(sandbox):
    return a_price(5000)


@pytest.fixture
def beside_addon(alices, alice, addon):
    """alice's Pro with a dearer add-on in front of it; the subscription's id."""
    stripe_id = sell(alice, addon, our_price())
    alices.hear()
    return stripe_id


def history():
    """[(plan, price, paid, tokens)], oldest first"""
    rows = Purchase.objects.order_by("id")
    return list(rows.values_list("package_key", "amount_cents", "paid_cents", "tokens"))


def test_an_addon_in_front_is_not_taken_for_the_plan(beside_addon, alice):
    row = Subscription.objects.get()
    assert (get_membership(alice.pk).tier, row.plan_id, row.amount_cents) == ("pro", "pro", 500)
    assert history() == [("pro", 500, 500, 20)]
    assert get_token_balance(alice.pk) == 20
    invoice = Invoice.objects.get()
    assert (invoice.period_start, invoice.period_end) == (row.current_period_start, row.current_period_end)
    assert reconcile().report == ""


def test_an_upgrade_changes_the_plan_and_nothing_else(beside_addon, alice, addon):
    premium = our_price("premium")
    preview = changes.upgrade_cost_cents(Subscription.objects.get(), Plan.objects.get(key="premium"))
    changes.change(alice.pk, "premium")
    assert items_of(beside_addon) == [(addon, 1), (premium, 1)]
    assert get_membership(alice.pk).tier == "premium"
    assert history()[1:] == [("premium", preview, preview, 0)]


def test_a_downgrade_comes_with_the_next_month_and_leaves_the_addon(alices, alice, addon):
    stripe_id = sell(alice, addon, our_price("premium"), quantity=2)
    alices.hear()
    assert Subscription.objects.get().amount_cents == 2 * Plan.objects.get(key="premium").price_cents
    changes.change(alice.pk, "pro")
    membership = get_membership(alice.pk)
    assert (membership.tier, str(membership.next_plan), membership.cancel_at) == ("premium", "Pro", None)
    alices.advance(days=32)
    assert items_of(stripe_id) == [(addon, 2), (our_price("pro"), 2)]
    assert get_membership(alice.pk).tier == "pro"
    assert history()[-1] == ("pro", 1000, 1000, 20)


def test_a_cancellation_ends_the_plan_with_its_month_and_can_be_taken_back(alices, beside_addon, alice, addon):
    end = Subscription.objects.get().current_period_end
    changes.cancel(alice.pk)
    assert get_membership(alice.pk).cancel_at == end
    assert reconcile().report == ""
    changes.resume(alice.pk)
    assert get_membership(alice.pk).cancel_at is None
    changes.cancel(alice.pk)
    alices.advance(days=32)
    assert items_of(beside_addon) == [(addon, 1)]
    assert (get_membership(alice.pk).tier, Subscription.objects.get().status) == ("free", "canceled")
    assert len(history()) == 1
    assert reconcile().report == ""


def test_an_upgrade_that_is_refused_leaves_a_planned_cancellation_beside_an_addon(alices, beside_addon, alice, addon):
    changes.cancel(alice.pk)
    alices.decline_next()
    with pytest.raises(PaymentNeeded):
        changes.change(alice.pk, "premium")
    assert get_membership(alice.pk).cancel_at == Subscription.objects.get().current_period_end
    assert items_of(beside_addon) == [(addon, 1), (our_price(), 1)]


@pytest.mark.parametrize("end", ["staff", "refund"])
def test_what_ends_the_membership_at_once_leaves_the_addon(alices, beside_addon, alice, addon, end):
    if end == "staff":
        changes.cancel_now(alice.pk)
    else:
        refund(Purchase.objects.get(), amount_cents=500, reason="as agreed", by=None)
        endings.end_what_must()
    assert items_of(beside_addon) == [(addon, 1)]
    assert get_membership(alice.pk).tier == "free"
    assert billing.retrieve_subscription(beside_addon)["status"] == "active"


def test_a_month_with_a_dear_single_charge_keeps_its_own_end_and_price(alices, beside_addon, alice):
    charge_once(alice, beside_addon, 5000)
    alices.advance(days=32)
    invoice = Invoice.objects.latest("purchase")
    row = Subscription.objects.get()
    assert (invoice.period_start, invoice.period_end) == (row.current_period_start, row.current_period_end)
    assert invoice.purchase.lot.expires_at == row.current_period_end
    assert history()[-1] == ("pro", 500, 500, 20)


def test_a_single_charge_beside_the_plan_alone(alices, alice):
    alices.subscribe("pro")
    stripe_id = Subscription.objects.get().stripe_id
    charge_once(alice, stripe_id, 5000)
    charge_once(alice, stripe_id, -700)
    alices.advance(days=32)
    assert history()[-1] == ("pro", 500, 500, 20)
    assert Invoice.objects.latest("purchase").period_end == Subscription.objects.get().current_period_end


def test_the_line_of_the_plan_is_found_on_a_later_page(alices, alice):
    stripe_id = sell(alice, *(a_price(100 + n) for n in range(11)), our_price())
    alices.hear()
    assert (get_membership(alice.pk).tier, history()) == ("pro", [("pro", 500, 500, 20)])
    assert billing.retrieve_subscription(stripe_id)["items"]["has_more"] is False
    assert len(billing.list_invoices(stripe_id)[0]["lines"]["data"]) == 12


def test_of_two_plans_in_one_subscription_the_one_that_carries_more_counts(alices, alice):
    sell(alice, our_price("pro"), our_price("premium"))
    alices.hear()
    assert get_membership(alice.pk).tier == "premium"
    assert history()[0][:1] == ("premium",)


def test_an_old_price_of_a_plan_is_still_the_plan(alices, alice, addon):
    old = our_price()
    Plan.objects.filter(key="pro").update(price_cents=900)
    sell(alice, addon, old)
    alices.hear()
    assert (get_membership(alice.pk).tier, Subscription.objects.get().amount_cents) == ("pro", 500)
    changes.move_to_present_price(Subscription.objects.get())
    assert items_of(Subscription.objects.get().stripe_id) == [(addon, 1), (our_price(), 1)]


def test_a_plan_taken_out_in_the_dashboard_ends_here_and_one_put_in_begins(alices, beside_addon, alice, addon):
    billing.remove_item(beside_addon, Subscription.objects.get().item_id)
    alices.hear()
    assert get_membership(alice.pk).tier == "free"
    billing.update_subscription(beside_addon, {"items": [{"price": our_price("premium")}]})
    alices.hear()
    assert get_membership(alice.pk).tier == "premium"


def test_a_price_that_staff_gave_the_plan_keeps_it_beside_an_addon(alices, beside_addon, alice, addon):
    item_id = Subscription.objects.get().item_id
    vip = a_price(300, "VIP")
    billing.update_subscription(beside_addon, {"items": [{"id": item_id, "price": vip}], "proration_behavior": "none"})
    alices.advance(days=32)
    assert (get_membership(alice.pk).tier, Subscription.objects.get().amount_cents) == ("pro", 300)
    assert history()[-1] == ("pro", 300, 300, 20)


def test_another_product_for_one_of_our_customers_is_none_of_ours(alices, alice, addon):
    stripe_id = sell(alice, addon)
    events = alices.events()
    assert {alices.sandbox.deliver(event).status_code for event in events} == {200}
    assert set(StripeEvent.objects.values_list("status", flat=True)) == {"not_ours"}
    assert not Subscription.objects.exists()
    assert not Purchase.objects.exists()
    assert reconcile().report == ""
    testing.cancel_subscription(stripe_id)
    alices.hear()
