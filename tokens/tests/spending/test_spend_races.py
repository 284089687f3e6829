"""Spends at once in real threads, beside each other and beside everything else that moves tokens."""

import threading
import time
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone

from tokens.errors import InsufficientTokens, KeyReused
from tokens.ledger.due import apply_due_everywhere
from tokens.ledger.wallet import get_token_balance, lock_wallet
from tokens.models import TokenUsage, Wallet
from tokens.purchases import disputes
from tokens.purchases.lifecycle import simulate_token_purchase
from tokens.spending.holds import capture, hold, release
from tokens.spending.spends import spend, spend_many
from tokens.testing.ledger_rows import assert_books_are_right, make_lot, remaining_of
from tokens.testing.races import at_once

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def race():
    """`race(work)` is `at_once(work)` without a deadlock, which would be tried again, and so be seen nowhere else."""

    def at_once_without_a_deadlock(work, **more):
        before = deadlocks()
        outcomes = at_once(work, **more)
        assert deadlocks() == before
        return outcomes

    return at_once_without_a_deadlock


def deadlocks():
    with connection.cursor() as cursor:
        cursor.execute("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        return cursor.fetchone()[0]


def spent_of(outcomes):
    """The usages; every other outcome must be a refusal for want of tokens, so no deadlock and no broken statement."""
    assert {type(outcome) for outcome in outcomes} <= {TokenUsage, InsufficientTokens}
    return [outcome for outcome in outcomes if isinstance(outcome, TokenUsage)]


def test_eight_spend_all_of_many_small_lots(alice, race):
    for _ in range(12):
        make_lot(alice, tokens=7, paid_cents=100)

    def spend_until_refused(_):
        spent = 0
        while True:
            try:
                spent += spend(alice.pk, "csv_import").tokens_spent
            except InsufficientTokens:
                return spent

    assert sum(race(spend_until_refused)) == 12 * 7
    assert remaining_of(alice) == [0] * 12
    assert_books_are_right()


def test_twins_that_queue_behind_a_locked_wallet_get_one_answer(alice, race):
    make_lot(alice, tokens=100)
    is_locked = threading.Event()

    def live(number):
        if number == 2:
            with transaction.atomic():
                lock_wallet(alice.pk)
                is_locked.set()
                time.sleep(0.3)
            return None
        is_locked.wait(timeout=20)
        return spend(alice.pk, "ai_analysis", idempotency_key="k")

    outcomes = race(live, times=6)
    assert outcomes.pop(2) is None
    assert {usage.pk for usage in spent_of(outcomes)} == {TokenUsage.objects.get().pk}
    assert_books_are_right()


def test_twins_whose_spend_crosses_lots_get_one_answer(alice, race):
    for _ in range(20):
        make_lot(alice, tokens=3)
    for key in "abcde":
        outcomes = race(lambda _, key=key: spend(alice.pk, "ai_analysis", idempotency_key=key), times=4)
        assert {usage.pk for usage in outcomes} == {TokenUsage.objects.latest("pk").pk}
    assert get_token_balance(alice.pk) == 60 - 25
    assert_books_are_right()


def test_twins_of_many_get_one_answer(alice, race):
    make_lot(alice, tokens=100)
    week = [("import_domain", {"n": 1}), ("csv_import", {}), ("import_domain", {"n": 2})]
    outcomes = race(lambda _: spend_many(alice.pk, week, idempotency_key="k"))
    assert {tuple(usage.pk for usage in usages) for usages in outcomes} == {
        tuple(TokenUsage.objects.order_by("pk").values_list("pk", flat=True))
    }
    assert get_token_balance(alice.pk) == 96
    assert_books_are_right()


def test_one_key_for_two_requests_at_once_is_used_by_one_of_them(alice, race):
    make_lot(alice, tokens=100)
    actions = ["ai_analysis", "ai_analysis", "csv_import", "csv_import"]
    outcomes = race(lambda number: spend(alice.pk, actions[number], idempotency_key="k"), times=4)
    assert sorted(type(outcome).__name__ for outcome in outcomes) == [
        KeyReused.__name__,
        KeyReused.__name__,
        TokenUsage.__name__,
        TokenUsage.__name__,
    ]
    assert TokenUsage.objects.count() == 1
    assert_books_are_right()


def test_spends_beside_credits_lose_neither(alice, race):
    make_lot(alice, tokens=40)

    def live(number):
        if number in (2, 3):
            return [simulate_token_purchase(alice.pk, "starter") for _ in range(3)] and None
        return [spend(alice.pk, "csv_import", idempotency_key=f"{number} {turn}") for turn in range(3)]

    outcomes = race(live)
    assert [type(outcome) for outcome in outcomes] == [list, list, type(None), type(None), list, list, list, list]
    assert get_token_balance(alice.pk) == 40 + 6 * 100 - 6 * 3 * 2
    assert_books_are_right()


def test_spends_beside_money_taken_back_and_given_back_leave_the_books_right(alice, race):
    purchase = make_lot(alice, tokens=100, paid_cents=1000).purchase
    make_lot(alice, tokens=30)

    def withdraw(moves, status):
        told = {"id": "dp_1", "status": status, "reason": "fraudulent", "amount": 1000, "currency": "usd"}
        told["balance_transactions"] = [{"amount": amount, "currency": "usd"} for amount in moves]
        disputes.record_dispute(purchase, told, fetched_at=timezone.now())

    def live(number):
        if number == 2:
            withdraw([-1000], "needs_response")
            withdraw([-1000, 1000], "won")
            return []
        outcomes: list[object] = []
        for _ in range(5):
            try:
                outcomes.append(spend(alice.pk, "data_export"))
            except InsufficientTokens as error:
                outcomes.append(error)
        return outcomes

    outcomes = [outcome for outcomes in race(live, times=4) for outcome in outcomes]
    assert len(outcomes) == 15
    assert get_token_balance(alice.pk) == 130 - 10 * len(spent_of(outcomes))
    assert_books_are_right()


def test_spends_beside_a_hold_that_expires_count_its_tokens_once(alice, race):
    make_lot(alice, tokens=50)
    hold(alice, "data_export", tokens=20, expires_in=timedelta(minutes=5))
    TokenUsage.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    Wallet.objects.update(due_at=timezone.now() - timedelta(seconds=1))
    outcomes = race(lambda number: apply_due_everywhere() if number == 3 else spend(alice.pk, "data_export"))
    assert outcomes.pop(3) in (0, 1)
    assert len(spent_of(outcomes)) == 5
    assert get_token_balance(alice.pk) == 0
    assert_books_are_right()


def test_spends_beside_holds_that_end_leave_the_books_right(alice, race):
    make_lot(alice, tokens=60, paid_cents=999)
    make_lot(alice, tokens=60, paid_cents=0)

    def live(number):
        for turn in range(3):
            if number < 4:
                held = hold(alice.pk, "data_export", tokens=4, idempotency_key=f"{number} {turn}")
                capture(held, tokens=1) if number % 2 else release(held)
            else:
                spend(alice.pk, "ai_analysis")
        return True

    assert race(live) == [True] * 8
    assert get_token_balance(alice.pk) == 120 - 6 * 1 - 12 * 5
    assert_books_are_right()


def test_many_beside_single_spends_are_written_all_or_none(alice, race):
    for _ in range(3):
        make_lot(alice, tokens=50, paid_cents=77)
    items: list[tuple[str, dict]] = [("import_domain", {}), ("ai_analysis", {}), ("data_export", {})]

    def live(number):
        try:
            for _ in range(6 if number // 2 % 2 else 100):  # so few alone that those in one call find tokens too
                spend(alice.pk, "csv_import") if number // 2 % 2 else spend_many(alice.pk, items)
        except InsufficientTokens as error:
            return error.available
        return 0

    assert [left < (16, 2)[number // 2 % 2] for number, left in enumerate(race(live))] == [True] * 8
    times = [TokenUsage.objects.filter(action=action).count() for action, _ in items]
    assert times[0] == times[1] == times[2] > 0
    assert (
        get_token_balance(alice.pk) == 150 - 16 * times[0] - 2 * TokenUsage.objects.filter(action="csv_import").count()
    )
    assert_books_are_right()


def test_a_spend_inside_a_callers_transaction_waits_for_a_twin_that_goes_by_itself(alice, race):
    """What an import does: several spends in a transaction of its own, while the wallet is used by others."""
    make_lot(alice, tokens=200)

    def live(number):
        if number % 4 < 2:
            with transaction.atomic():
                return [spend(alice.pk, "csv_import") for _ in range(5)]
        return [spend(alice.pk, "csv_import") for _ in range(5)]

    assert [len(usages) for usages in race(live)] == [5] * 8
    assert get_token_balance(alice.pk) == 200 - 80
    assert list(TokenUsage.objects.order_by("number").values_list("number", flat=True)) == list(range(1, 41))
    assert_books_are_right()
