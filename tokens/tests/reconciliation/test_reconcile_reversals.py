"""Refunds, disputes and warnings that were never told: repaired once, or named."""

import pytest

from stripe_sandbox import testing
from tokens.ledger.wallet import get_token_balance
from tokens.models import Dispute, Refund
from tokens.purchases.refunds import refund
from tokens.reconciliation.run import reconcile
from tokens.stripe_api import gateway
from tokens.testing.buying import buy
from tokens.testing.reconciled import assert_repaired_once, report, status_of

pytestmark = pytest.mark.django_db


# --- refunds --------------------------------------------------------------------------


def test_a_refund_made_in_the_dashboard_and_never_told_is_noted(bought, alice):
    made = testing.refund(bought.stripe_payment_intent_id, 1000)
    assert_repaired_once(f"refund {made['id']}: missing here, succeeded (1000 usd) at Stripe; repaired.")
    assert (status_of(bought), get_token_balance(alice.pk)) == ("partially_refunded", 375)


def test_a_refund_that_failed_unheard_gives_the_tokens_back(bought, alice):
    row = refund(bought, amount_cents=1000, reason="as agreed", by=None)
    testing.fail_refund(str(row.stripe_id))
    assert_repaired_once(f"refund {row.stripe_id}: succeeded (1000 usd) here, failed (1000 usd) at Stripe; repaired.")
    assert (status_of(bought), get_token_balance(alice.pk)) == ("completed", 500)


def test_a_refund_pending_for_longer_than_what_is_compared_is_asked_about(sandbox, alice):
    bought = buy(sandbox, alice, card="4000000000007726")
    row = refund(bought, amount_cents=1000, reason="as agreed", by=None)
    assert row.status == "pending"
    testing.settle_refund(str(row.stripe_id))
    Refund.objects.update(created_at="2026-01-01T00:00Z")
    later = bought.created_at.replace(year=2030)
    assert [reconcile(later).repaired, reconcile(later).repaired] == [1, 0]
    row.refresh_from_db()
    assert row.status == "succeeded"


def test_a_refund_that_stripe_never_answered_is_asked_for_again_and_made_once(bought, settings):
    working, settings.STRIPE_API_BASE = settings.STRIPE_API_BASE, "http://127.0.0.1:9"
    row = refund(bought, amount_cents=1000, reason="as agreed", by=None)
    settings.STRIPE_API_BASE = working
    Refund.objects.update(created_at="2026-01-01T00:00Z")
    assert_repaired_once(f"refund of purchase {bought.pk}: requested (1000 usd) here, unanswered at Stripe; repaired.")
    row.refresh_from_db()
    assert [made["id"] for made in gateway.list_refunds(bought.stripe_payment_intent_id)] == [row.stripe_id]


def test_a_refund_row_that_stripe_does_not_know_cannot_be_repaired(bought):
    row = refund(bought, amount_cents=1000, reason="as agreed", by=None)
    Refund.objects.update(stripe_id="re_invented")
    lines = report()
    assert f"refund {row.stripe_id}: missing here, succeeded (1000 usd) at Stripe; repaired." in lines
    assert any("refund re_invented" in line and "unknown at Stripe; not repaired" in line for line in lines)


def test_a_refund_of_another_amount_cannot_be_repaired(bought):
    row = refund(bought, amount_cents=1000, reason="as agreed", by=None)
    Refund.objects.update(amount_cents=999)
    (line,) = report()
    assert line.startswith(f"refund {row.stripe_id}: succeeded (999 usd) here, succeeded (1000 usd) at Stripe; not")


def test_two_refunds_under_one_key_are_two_refunds(bought, alice):
    row = refund(bought, amount_cents=1000, reason="as agreed", by=None)
    pointer = {"refund_key": str(row.key)}
    intent = bought.stripe_payment_intent_id
    gateway.create_refund(payment_intent=intent, amount_cents=1000, metadata=pointer, idempotency_key="forgotten")
    assert len(report()) == 1
    assert (report(), Refund.objects.count(), get_token_balance(alice.pk)) == ([], 2, 250)


# --- disputes and warnings --------------------------------------------------------------


def test_a_dispute_never_told_is_noted_and_so_is_its_end(bought, alice):
    made = testing.dispute(bought.stripe_payment_intent_id)
    assert_repaired_once(
        f"dispute {made['id']}: missing here, needs_response (of 4000, 4000 taken, 0 given back) at Stripe; repaired."
    )
    assert get_token_balance(alice.pk) == 0
    testing.close_dispute(made["id"], won=True)
    assert_repaired_once(
        f"dispute {made['id']}: needs_response (of 4000, 4000 taken, 0 given back) here, "
        "won (of 4000, 4000 taken, 4000 given back) at Stripe; repaired."
    )
    assert get_token_balance(alice.pk) == 500


def test_a_dispute_open_for_longer_than_what_is_compared_is_asked_about(bought, alice):
    made = testing.dispute(bought.stripe_payment_intent_id)
    report()
    testing.close_dispute(made["id"], won=True)
    Dispute.objects.update(created_at="2026-01-01T00:00Z")
    later = bought.created_at.replace(year=2030)
    assert [reconcile(later).repaired, reconcile(later).repaired] == [1, 0]
    assert get_token_balance(alice.pk) == 500


def test_a_dispute_that_stripe_does_not_know_cannot_be_repaired(bought):
    testing.dispute(bought.stripe_payment_intent_id)
    report()
    Dispute.objects.update(stripe_id="dp_invented")
    assert any("dispute dp_invented" in line and "unknown at Stripe; not repaired" in line for line in report())


def test_a_warning_of_fraud_never_told_is_flagged(bought):
    warning = testing.warn(bought.stripe_payment_intent_id)
    assert_repaired_once(
        f"early fraud warning {warning['id']}: purchase {bought.pk} not flagged here, given at Stripe; repaired."
    )
    bought.refresh_from_db()
    assert bought.fraud_warning_at is not None
