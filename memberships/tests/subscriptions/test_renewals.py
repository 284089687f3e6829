"""Months of a membership: paid, failed, recovered, with their allowance."""

from datetime import timedelta
from itertools import pairwise

import pytest
import time_machine
from django.utils import timezone

from memberships.current import get_membership
from memberships.models import Invoice, Plan, Subscription
from memberships.subscriptions import checkout
from memberships.testing.invoices import history, latest_invoice
from stripe_sandbox import testing
from tokens.emails import kinds
from tokens.ledger.wallet import get_token_balance
from tokens.models import Mail, Purchase

pytestmark = pytest.mark.django_db


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


def test_the_months_allowance_comes_with_each_payment_and_ends_with_the_month(alices, alice):
    Plan.objects.filter(key="pro").update(monthly_tokens=30)
    alices.subscribe("pro")
    assert get_token_balance(alice.pk) == 30
    alices.hear()
    lot = Purchase.objects.get().lot
    assert (lot.expires_at, lot.paid_cents) == (Invoice.objects.get().period_end, 0)


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
    Subscription.objects.update(unpaid_since="2026-01-01T00:00Z")
    assert get_membership(alice.pk).tier == "free"
    alices.decline_next(times=0)
    testing.pay_invoice(latest_invoice(Subscription.objects.get().stripe_id))
    alices.hear()
    assert (get_membership(alice.pk).tier, get_membership(alice.pk).status) == ("pro", "active")


def test_a_receipt_can_not_be_muted(alices, alice):
    kinds.choose(alice.pk, wanted=[])
    alices.subscribe("pro")
    checkout.follow(Subscription.objects.get().stripe_id)
    assert [email.kind for email in Mail.objects.all()] == ["membership_paid"]


def test_an_unpaid_membership_still_says_where_to_pay(alices, alice):
    alices.subscribe("pro")
    testing.dunning(retry_days=[3], finally_="unpaid")
    alices.decline_next(times=9)
    alices.advance(days=70)
    row = Subscription.objects.get()
    assert (row.status, get_membership(alice.pk).tier) == ("unpaid", "free")
    assert row.invoice_url.startswith("http")
