"""The plain lists themselves, against examples worked out by hand: what the machines compare the shop with is right."""

from datetime import UTC, datetime, timedelta

import pytest

from tokens.testing.oracle import Oracle

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
LATER = NOW + timedelta(days=2)


@pytest.fixture
def oracle():
    return Oracle()


def figures(oracle):
    """(what remains in each lot, debt, balance, available)."""
    return [lot.remaining for lot in oracle.lots], oracle.debt, oracle.balance, oracle.available


def test_what_expires_soonest_is_burned_first_then_free_tokens_then_the_oldest(oracle):
    paid, free = oracle.come_in(10, is_paid=True), oracle.come_in(10)
    late, soon = oracle.come_in(10, expires_at=LATER), oracle.come_in(10, expires_at=NOW)
    assert oracle.burn(35) == [(soon, 10), (late, 10), (free, 10), (paid, 5)]
    assert figures(oracle) == ([5, 0, 0, 0], 0, 5, 5)


def test_a_reversal_takes_from_its_own_lot_then_in_burn_order_and_the_rest_is_a_debt(oracle):
    own = oracle.come_in(100, is_paid=True)
    oracle.burn(70)
    oracle.come_in(20, is_paid=True)
    oracle.come_in(30)
    oracle.reverse(own, 40)
    assert figures(oracle) == ([0, 20, 20], 0, 40, 40)
    oracle.reverse(own, 60)
    assert figures(oracle) == ([0, 0, 0], 20, -20, 0)


def test_a_reversal_takes_from_its_own_frozen_lot_and_from_no_other_that_is_frozen(oracle):
    own, other = oracle.come_in(100, is_paid=True), oracle.come_in(100, is_paid=True)
    oracle.burn(30)
    oracle.freeze(own, is_frozen=True)
    oracle.freeze(other, is_frozen=True)
    oracle.reverse(own, 100)
    assert figures(oracle) == ([0, 100], 30, 70, 0)


def test_a_reversal_undone_gives_every_lot_its_tokens_back(oracle):
    own = oracle.come_in(500, is_paid=True)
    oracle.burn(200)
    oracle.come_in(50)
    oracle.come_in(500, is_paid=True)
    oracle.reverse(own, 500)
    assert figures(oracle) == ([0, 0, 350], 0, 350, 350)
    oracle.restore(own, 500, NOW)
    assert figures(oracle) == ([300, 50, 500], 0, 850, 850)
    assert own.taken == []


def test_a_reversal_undone_in_part_gives_back_what_was_taken_last(oracle):
    own = oracle.come_in(100, is_paid=True)
    oracle.burn(60)
    oracle.come_in(30)
    oracle.come_in(100, is_paid=True)
    oracle.reverse(own, 100)
    assert figures(oracle) == ([0, 0, 70], 0, 70, 70)
    oracle.restore(own, 40, NOW)
    assert figures(oracle) == ([0, 10, 100], 0, 110, 110)
    oracle.restore(own, 60, NOW)
    assert figures(oracle) == ([40, 30, 100], 0, 170, 170)


def test_a_grant_that_a_refund_took_has_its_tokens_again_when_the_refund_fails(oracle):
    """500 were bought and spent, so nothing of them may ever be refunded again; the 500 granted stay granted ones."""
    own = oracle.come_in(500, is_paid=True)
    oracle.burn(500)
    oracle.come_in(500)
    for _ in range(2):
        oracle.reverse(own, 500)
        assert figures(oracle) == ([0, 0], 0, 0, 0)
        oracle.restore(own, 500, NOW)
        assert figures(oracle) == ([0, 500], 0, 500, 500)


def test_restoring_lowers_the_debt_first(oracle):
    own = oracle.come_in(500, is_paid=True)
    oracle.burn(200)
    oracle.reverse(own, 500)
    assert figures(oracle) == ([0], 200, -200, 0)
    oracle.restore(own, 150, NOW)
    assert figures(oracle) == ([0], 50, -50, 0)
    oracle.restore(own, 100, NOW)
    assert figures(oracle) == ([50], 0, 50, 50)


def test_a_debt_repaid_in_part_by_a_purchase_comes_back_as_a_lot_nobody_paid_for(oracle):
    own = oracle.come_in(500, is_paid=True)
    oracle.burn(200)
    oracle.reverse(own, 500)
    oracle.come_in(120, is_paid=True)
    assert figures(oracle) == ([0, 0], 80, -80, 0)
    oracle.restore(own, 500, NOW)
    assert figures(oracle) == ([300, 0, 120], 0, 420, 420)
    new = oracle.lots[-1]
    assert (new.tokens, new.is_paid) == (120, False)
    assert oracle.burn(150) == [(new, 120), (own, 30)]


def test_what_repaid_a_debt_can_be_reversed_itself_and_both_be_restored(oracle):
    first = oracle.come_in(100, is_paid=True)
    oracle.burn(60)
    oracle.reverse(first, 100)
    second = oracle.come_in(100, is_paid=True)
    oracle.burn(40)
    oracle.reverse(second, 100)
    assert figures(oracle) == ([0, 0], 100, -100, 0)
    oracle.restore(first, 100, NOW)
    assert figures(oracle) == ([0, 0], 0, 0, 0)
    oracle.restore(second, 100, NOW)
    assert figures(oracle) == ([0, 0, 100], 0, 100, 100)


def test_restoring_one_purchase_forgives_the_debt_of_another(oracle):
    first = oracle.come_in(100, is_paid=True)
    oracle.burn(100)
    second = oracle.come_in(100, is_paid=True)
    oracle.reverse(second, 100)
    oracle.reverse(first, 100)
    assert figures(oracle) == ([0, 0], 100, -100, 0)
    oracle.restore(second, 100, NOW)
    assert figures(oracle) == ([0, 0], 0, 0, 0)
    oracle.restore(first, 100, NOW)
    assert figures(oracle) == ([0, 0, 100], 0, 100, 100)


def test_what_came_in_repays_and_the_rest_stays(oracle):
    own = oracle.come_in(100, is_paid=True)
    oracle.burn(100)
    oracle.reverse(own, 100)
    oracle.come_in(30, expires_at=LATER)
    oracle.come_in(200, is_paid=True)
    assert figures(oracle) == ([0, 0, 130], 0, 130, 130)


def test_an_unfrozen_lot_repays_at_once(oracle):
    own, other = oracle.come_in(100, is_paid=True), oracle.come_in(100, is_paid=True)
    oracle.burn(60)
    oracle.freeze(other, is_frozen=True)
    oracle.reverse(own, 100)
    assert figures(oracle) == ([0, 100], 60, 40, 0)
    oracle.freeze(other, is_frozen=False)
    assert figures(oracle) == ([0, 40], 0, 40, 40)


def test_a_released_hold_repays_with_what_was_burned_last(oracle):
    own = oracle.come_in(100, is_paid=True)
    oracle.come_in(20, expires_at=LATER)
    hold = oracle.hold(50, LATER)
    oracle.burn(70)
    oracle.reverse(own, 100)
    assert figures(oracle) == ([0, 0], 100, -100, 0)
    oracle.restore(own, 60, NOW)
    assert figures(oracle) == ([0, 0], 40, -40, 0)
    oracle.end(hold, spent=0, now=NOW)
    assert figures(oracle) == ([0, 10], 0, 10, 10)


def test_a_hold_captured_in_part_repays_with_the_rest(oracle):
    own = oracle.come_in(100, is_paid=True)
    hold = oracle.hold(100, LATER)
    oracle.reverse(own, 100)
    oracle.end(hold, spent=30, now=NOW)
    assert (figures(oracle), hold.state, hold.spent) == (([0], 30, -30, 0), "spent", 30)


def test_a_hold_released_into_a_frozen_lot_repays_when_the_lot_is_unfrozen(oracle):
    own, other = oracle.come_in(100, is_paid=True), oracle.come_in(100, is_paid=True)
    oracle.burn(100)
    hold = oracle.hold(100, LATER)
    oracle.freeze(other, is_frozen=True)
    oracle.reverse(own, 100)
    oracle.end(hold, spent=0, now=NOW)
    assert figures(oracle) == ([0, 100], 100, 0, 0)
    oracle.freeze(other, is_frozen=False)
    assert figures(oracle) == ([0, 0], 0, 0, 0)


def test_what_is_restored_to_a_lot_that_has_expired_is_lost(oracle):
    own = oracle.come_in(100, is_paid=True)
    oracle.burn(100)
    oracle.come_in(60, expires_at=LATER)
    oracle.reverse(own, 100)
    assert figures(oracle) == ([0, 0], 40, -40, 0)
    oracle.restore(own, 100, LATER)
    assert (figures(oracle), oracle.expired) == (([0, 0], 0, 0, 0), 60)


def test_what_a_grant_repaid_outlives_the_grant(oracle):
    own = oracle.come_in(100, is_paid=True)
    oracle.burn(100)
    oracle.reverse(own, 100)
    oracle.come_in(100, expires_at=NOW)
    oracle.restore(own, 100, LATER)
    assert (figures(oracle), oracle.expired) == (([0, 0, 100], 0, 100, 100), 0)


def test_a_hold_that_ran_out_gives_back_and_what_it_gives_to_an_expired_lot_is_lost(oracle):
    oracle.come_in(30, expires_at=NOW)
    oracle.come_in(30)
    oracle.hold(40, NOW)
    oracle.apply_due(LATER)
    assert (figures(oracle), oracle.expired) == (([0, 30], 0, 30, 30), 30)


def test_a_spend_taken_back_returns_to_the_lots_it_was_taken_from_the_latest_first(oracle):
    free, paid = oracle.come_in(10), oracle.come_in(100, is_paid=True)
    taken = oracle.burn(15)
    oracle.take_back(taken, 7, NOW)
    assert (figures(oracle), taken) == (([2, 100], 0, 102, 102), [(free, 8), (paid, 0)])
    oracle.take_back(taken, 8, NOW)
    assert figures(oracle) == ([10, 100], 0, 110, 110)
    with pytest.raises(AssertionError, match="more was taken back"):
        oracle.take_back(taken, 1, NOW)


def test_a_spend_taken_back_pays_the_debt_that_the_refund_of_its_tokens_made(oracle):
    own = oracle.come_in(100, is_paid=True)
    taken = oracle.burn(60)
    oracle.reverse(own, 100)
    assert figures(oracle) == ([0], 60, -60, 0)
    oracle.take_back(taken, 60, NOW)
    assert figures(oracle) == ([0], 0, 0, 0)


def test_what_is_taken_back_of_a_frozen_lot_is_frozen_and_of_an_expired_one_lost(oracle):
    soon, own = oracle.come_in(10, expires_at=LATER), oracle.come_in(100, is_paid=True)
    taken = oracle.burn(30)
    oracle.freeze(own, is_frozen=True)
    oracle.take_back(taken, 30, LATER)
    assert (figures(oracle), oracle.expired, soon.remaining) == (([0, 100], 0, 100, 0), 10, 0)
