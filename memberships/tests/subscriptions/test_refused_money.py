"""Money that Stripe refuses to move, or moves only in part: nothing is taken from a member without need."""

import pytest

from memberships.current import get_membership
from memberships.errors import PaymentNeeded
from memberships.models import Plan, Subscription
from memberships.subscriptions import changes, checkout, endings
from stripe_sandbox import testing
from tokens.ledger.wallet import get_token_balance
from tokens.models import Mail, Purchase
from tokens.purchases.refunds import refund
from tokens.sweep import sweep

pytestmark = pytest.mark.django_db


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
    monkeypatch.setattr(checkout, "close_pages", lambda *user, **but: None)
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
