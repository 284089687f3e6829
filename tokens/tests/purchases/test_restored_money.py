"""What the money machine found, each as short as it can be told."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from tokens.ledger.due import apply_due_everywhere
from tokens.ledger.wallet import read_wallet
from tokens.purchases.lifecycle import simulate_token_purchase
from tokens.purchases.refunds import offered_cents
from tokens.spending.holds import capture, hold, release
from tokens.staff.grants import grant
from tokens.testing.ledger_rows import assert_books_are_right, remaining_of
from tokens.testing.reversal_rows import dispute, refund, undo

pytestmark = pytest.mark.django_db


def use(user, tokens):
    capture(hold(user, "import_domain", tokens=tokens))


def give(user, tokens, *, days):
    grant(user, tokens=tokens, reason="a gift", by=None, expires_at=timezone.now() + timedelta(days=days))


def test_two_purchases_that_repaid_each_others_debts_can_both_be_restored(alice):
    first = simulate_token_purchase(alice.pk, "starter")
    use(alice, 60)
    first_refund = refund(first, 1000)
    second = simulate_token_purchase(alice.pk, "starter")
    use(alice, 40)
    second_refund = refund(second, 1000)
    assert remaining_of(alice) == [0, -100]
    undo(first_refund)
    assert remaining_of(alice) == [0, 0]
    assert_books_are_right()
    undo(second_refund)
    assert sum(remaining_of(alice)) == 100
    assert_books_are_right()


def test_tokens_that_come_back_to_a_gift_that_had_repaid_a_debt_expire_with_it(alice):
    purchase = simulate_token_purchase(alice.pk, "starter")
    use(alice, 100)
    row = refund(purchase, 1000)
    give(alice, 100, days=1)
    assert remaining_of(alice) == [0, 0]
    with time_machine.travel(timezone.now() + timedelta(days=2)):
        apply_due_everywhere()
        undo(row)
        assert remaining_of(alice) == [0, 0]
        assert_books_are_right()


def test_tokens_that_come_back_to_a_gift_by_a_restored_payment_expire_in_time(alice):
    purchase = simulate_token_purchase(alice.pk, "starter")
    use(alice, 100)
    row = refund(purchase, 1000)
    give(alice, 100, days=9)
    give(alice, 1, days=1)
    with time_machine.travel(timezone.now() + timedelta(days=2)):
        apply_due_everywhere()
        undo(row)
        assert_books_are_right()
    with time_machine.travel(timezone.now() + timedelta(days=10)):
        apply_due_everywhere()
        assert remaining_of(alice) == [0, 0, 0]


def test_tokens_that_a_long_hold_gives_back_expire_in_time(alice):
    give(alice, 30, days=5)
    give(alice, 1, days=1)
    usage = hold(alice, "import_domain", tokens=31, expires_in=timedelta(days=7))
    with time_machine.travel(timezone.now() + timedelta(days=2)):
        apply_due_everywhere()
        release(usage)
        assert_books_are_right()
    with time_machine.travel(timezone.now() + timedelta(days=6)):
        apply_due_everywhere()
        assert remaining_of(alice) == [0, 0]


def test_a_payment_restored_after_its_debt_was_repaid_by_a_gift_and_by_a_hold_never_overfills_its_lot(alice):
    purchase = simulate_token_purchase(alice.pk, "starter")
    use(alice, 33)
    usage = hold(alice, "import_domain", tokens=67)
    row = refund(purchase, 1000)
    give(alice, 37, days=1)
    release(usage)
    assert remaining_of(alice) == [4, 0]
    undo(row)
    assert remaining_of(alice) == [67, 37]
    assert_books_are_right()


def test_a_hold_that_ran_out_before_a_purchase_repays_its_debt_before_the_purchase_does(alice):
    first = simulate_token_purchase(alice.pk, "starter")
    hold(alice, "import_domain", tokens=50, expires_in=timedelta(minutes=1))
    use(alice, 50)
    refund(first, 1000)
    with time_machine.travel(timezone.now() + timedelta(minutes=2)):
        second = simulate_token_purchase(alice.pk, "starter")
        assert remaining_of(alice) == [0, 50]
        assert offered_cents(second) == 500
        assert_books_are_right()


def test_a_purchase_after_a_hold_ran_out_leaves_nothing_of_its_own_in_a_disputed_lot(alice):
    first = simulate_token_purchase(alice.pk, "starter")
    hold(alice, "import_domain", tokens=50, expires_in=timedelta(minutes=1))
    use(alice, 50)
    dispute(first, withdrawn_cents=1000)
    with time_machine.travel(timezone.now() + timedelta(minutes=2)):
        simulate_token_purchase(alice.pk, "starter")
        assert remaining_of(alice) == [0, 50]
        assert read_wallet(alice.pk).available == 50
        assert_books_are_right()


def test_a_hold_that_ran_out_before_a_gift_repays_its_debt_before_the_gift_does(alice):
    purchase = simulate_token_purchase(alice.pk, "starter")
    hold(alice, "import_domain", tokens=50, expires_in=timedelta(minutes=1))
    use(alice, 50)
    refund(purchase, 1000)
    with time_machine.travel(timezone.now() + timedelta(minutes=2)):
        give(alice, 100, days=1)
        assert remaining_of(alice) == [0, 50]
        apply_due_everywhere()
        assert remaining_of(alice) == [0, 50]
        assert_books_are_right()
