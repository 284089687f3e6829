"""What the money machine found, each as short as it can be told."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from tokens.ledger.due import apply_due_everywhere
from tokens.ledger.wallet import read_wallet
from tokens.models import Lot
from tokens.purchases.lifecycle import simulate_token_purchase
from tokens.purchases.refunds import offered_cents
from tokens.spending.holds import capture, hold, release
from tokens.staff.grants import grant
from tokens.testing.ledger_rows import assert_books_are_right, buy, figures, remaining_of
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
    assert (remaining_of(alice), read_wallet(alice.pk).debt) == ([0, 0], 100)
    undo(first_refund)
    assert (remaining_of(alice), read_wallet(alice.pk).debt) == ([0, 0], 0)
    assert_books_are_right()
    undo(second_refund)
    assert remaining_of(alice) == [0, 0, 100]
    assert_books_are_right()


def test_tokens_that_come_back_to_a_gift_that_has_expired_expire_with_it(alice):
    purchase = simulate_token_purchase(alice.pk, "starter")
    use(alice, 100)
    give(alice, 100, days=1)
    row = refund(purchase, 1000)
    assert remaining_of(alice) == [0, 0]
    with time_machine.travel(timezone.now() + timedelta(days=2)):
        apply_due_everywhere()
        undo(row)
        assert remaining_of(alice) == [0, 0]
        assert_books_are_right()


def test_what_a_gift_had_repaid_comes_back_as_tokens_that_nobody_paid_for_and_stay(alice):
    purchase = simulate_token_purchase(alice.pk, "starter")
    use(alice, 100)
    row = refund(purchase, 1000)
    give(alice, 100, days=1)
    assert remaining_of(alice) == [0, 0]
    with time_machine.travel(timezone.now() + timedelta(days=2)):
        undo(row)
    assert remaining_of(alice) == [0, 0, 100]
    new = Lot.objects.latest("pk")
    assert (new.tokens, new.paid_cents, new.expires_at) == (100, 0, None)
    assert new.reversal == purchase.reversals.latest("pk")
    assert_books_are_right()


def test_a_gift_that_a_refund_took_is_a_gift_again_when_the_refund_fails_and_nothing_is_refundable_twice(alice):
    purchase = buy(alice.pk, "pro")
    use(alice, 500)
    give(alice, 500, days=9)
    for _ in range(2):
        row = refund(purchase, 4000)
        assert (remaining_of(alice), read_wallet(alice.pk).debt) == ([0, 0], 0)
        undo(row)
        assert (remaining_of(alice), offered_cents(purchase)) == ([0, 500], 0)
    assert_books_are_right()


def test_tokens_that_come_back_to_a_gift_by_a_restored_payment_expire_in_time(alice):
    purchase = simulate_token_purchase(alice.pk, "starter")
    use(alice, 100)
    give(alice, 100, days=9)
    row = refund(purchase, 1000)
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
    assert remaining_of(alice) == [4, 0, 100]
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


def test_what_a_hold_gives_back_to_a_disputed_lot_stays_frozen_and_repays_nothing(alice):
    first = simulate_token_purchase(alice.pk, "starter")
    hold(alice, "import_domain", tokens=50, expires_in=timedelta(minutes=1))
    use(alice, 50)
    dispute(first, withdrawn_cents=1000)
    with time_machine.travel(timezone.now() + timedelta(minutes=2)):
        simulate_token_purchase(alice.pk, "starter")
        assert (remaining_of(alice), read_wallet(alice.pk).debt) == ([50, 0], 0)
        assert figures(alice) == (50, 50, 0)
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


def test_a_lot_that_a_failed_refund_brought_back_gets_its_tokens_back_when_the_next_one_fails(alice):
    purchase = simulate_token_purchase(alice.pk, "pro")
    use(alice, 500)
    first = refund(purchase, 4000)
    grant(alice, tokens=500, reason="repays the debt", by=None)
    undo(first)
    assert remaining_of(alice) == [0, 0, 500]
    undo(refund(purchase, 4000))
    assert remaining_of(alice) == [0, 0, 500]
    assert_books_are_right()
