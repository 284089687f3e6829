"""A paid session is credited whatever happened before it came, unless its payment has paid for something else."""

from datetime import timedelta

import pytest
from django.utils import timezone

from tokens.emails import kinds
from tokens.ledger.wallet import get_token_balance, lock_wallet, stop_spending
from tokens.models import Mail, Purchase, Refund, StripeEvent, TokenUsage, Wallet
from tokens.purchases.reversals import follow_the_money
from tokens.spending.holds import hold
from tokens.spending.spends import spend
from tokens.testing.ledger_rows import assert_books_are_right, make_lot

pytestmark = pytest.mark.django_db


def emails_are_muted(user):
    kinds.choose(user.pk, wanted=[])


def spending_is_stopped(user):
    stop_spending(lock_wallet(user.pk), at=timezone.now())


def its_page_was_not_noted(user):
    Purchase.objects.update(stripe_checkout_session_id=None)


def a_hold_has_run_out(user):
    make_lot(user, tokens=50)
    hold(user, "data_export", expires_in=timedelta(minutes=1))
    TokenUsage.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    Wallet.objects.update(due_at=timezone.now() - timedelta(seconds=1))


def tokens_are_owed(user):
    purchase = make_lot(user, tokens=20, paid_cents=100).purchase
    spend(user, "data_export")
    Refund.objects.create(user=user, purchase=purchase, amount_cents=100, source="staff", status="succeeded")
    follow_the_money(purchase)


@pytest.mark.parametrize(
    ("before", "balance", "letters"),
    [
        (emails_are_muted, 500, 1),
        (spending_is_stopped, 500, 1),
        (its_page_was_not_noted, 500, 1),
        (a_hold_has_run_out, 550, 1),
        (tokens_are_owed, 490, 1),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_whatever_came_before_the_money_is_credited(sandbox, paid, alice, before, balance, letters):
    event = sandbox.event(paid)
    before(alice)
    assert sandbox.deliver(event).status_code == 200
    assert (get_token_balance(alice.pk), Mail.objects.filter(kind="purchase_completed").count()) == (balance, letters)
    assert_books_are_right()


def test_a_payment_that_paid_for_another_purchase_credits_nothing(sandbox, paid, alice):
    event = sandbox.event(paid)
    other = make_lot(alice, tokens=7).purchase
    Purchase.objects.filter(pk=other.pk).update(stripe_payment_intent_id=event["data"]["object"]["payment_intent"])
    assert sandbox.deliver(event).status_code == 500
    assert (StripeEvent.objects.get().status, get_token_balance(alice.pk)) == ("failed", 7)
