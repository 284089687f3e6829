"""A spend is taken back while other things happen to it and to its lots, in real threads: what holds in every order."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.api_keys import CallingKey
from tokens.errors import ReversalExceedsSpend
from tokens.ledger.due import apply_due_everywhere
from tokens.ledger.wallet import read_wallet
from tokens.models import Lot, SpendReversal
from tokens.purchases.lifecycle import simulate_token_purchase
from tokens.purchases.reversals import follow_the_money
from tokens.spending.spends import spend, spend_once
from tokens.spending.taking_back import take_back, take_back_by_staff
from tokens.testing.ledger_rows import assert_books_are_right, make_lot, post, remaining_of
from tokens.testing.races import at_once
from tokens.testing.reversal_rows import dispute
from tokens.testing.statements import assert_statement_adds_up

pytestmark = pytest.mark.django_db(transaction=True)


def spent(user, quantity=12):
    return spend_once(user.pk, "ai_analysis", quantity=quantity, api_key=CallingKey(7)).usage


def back(usage, quantity=None):
    return take_back(usage.user_id, usage.pk, reason="It failed", quantity=quantity)


def both(*acts):
    """Do all of these at once, twice each; none may raise."""
    outcomes = at_once(lambda number: acts[number % len(acts)](), times=2 * len(acts))
    assert [each for each in outcomes if isinstance(each, Exception)] == []


def assert_all_is_right(user):
    post(user)
    assert_books_are_right()
    assert_statement_adds_up(user.pk)


def test_of_eight_that_take_all_of_it_back_one_does(alice):
    simulate_token_purchase(alice.pk, "starter")
    usage = spent(alice)
    outcomes = at_once(lambda _: back(usage))
    assert {(outcome.pk, outcome.balance_after) for outcome in outcomes} == {(SpendReversal.objects.get().pk, 100)}
    assert_all_is_right(alice)


def test_of_eight_that_take_a_part_back_as_many_do_as_there_are_parts(alice):
    simulate_token_purchase(alice.pk, "starter")
    usage = spent(alice, quantity=5)
    outcomes = at_once(lambda _: take_back_by_staff(usage, quantity=1, reason="It failed", by=None))
    refused = [outcome for outcome in outcomes if isinstance(outcome, ReversalExceedsSpend)]
    assert (len(refused), SpendReversal.objects.count(), read_wallet(alice.pk).balance) == (3, 5, 100)
    assert_all_is_right(alice)


def test_with_spends_and_postings(alice):
    simulate_token_purchase(alice.pk, "starter")
    usage = spent(alice)
    both(lambda: back(usage), lambda: spend(alice.pk, "ai_analysis"), lambda: post(alice))
    assert read_wallet(alice.pk).balance == 90
    assert_all_is_right(alice)


def test_with_a_refund(alice):
    purchase = simulate_token_purchase(alice.pk, "starter")
    usage = spent(alice)
    refund_row = {"user_id": alice.pk, "purchase": purchase, "amount_cents": 1000, "source": "staff"}
    purchase.refunds.create(**refund_row)
    both(lambda: back(usage), lambda: follow_the_money(purchase))
    wallet = read_wallet(alice.pk)
    assert (wallet.balance, wallet.debt, remaining_of(alice)) == (0, 0, [0])
    assert_all_is_right(alice)


def test_with_the_expiry_of_its_lot(alice):
    make_lot(alice, tokens=60, expires_at=timezone.now() + timedelta(hours=1))
    make_lot(alice, tokens=10, paid_cents=100)
    usage = spent(alice, quantity=14)
    post(alice)
    Lot.objects.filter(tokens=60).update(expires_at=timezone.now())
    read = read_wallet(alice.pk)
    type(read).objects.filter(pk=alice.pk).update(due_at=timezone.now())
    both(lambda: back(usage), apply_due_everywhere)
    assert (read_wallet(alice.pk).balance, remaining_of(alice)) == (10, [0, 10])
    assert_all_is_right(alice)


def test_with_a_dispute(alice):
    purchase = simulate_token_purchase(alice.pk, "starter")
    usage = spent(alice)
    dispute(purchase, status="warning_needs_response")
    purchase.disputes.update(status="needs_response")
    both(lambda: back(usage), lambda: follow_the_money(purchase))
    wallet = read_wallet(alice.pk)
    assert (wallet.balance, wallet.frozen, wallet.available) == (100, 100, 0)
    assert_all_is_right(alice)
