"""Holds that run out: released once, by the sweep or by whoever comes first."""

from datetime import timedelta

import pytest
from django.utils import timezone

from tokens.errors import HoldEnded
from tokens.ledger.due import apply_due_everywhere
from tokens.ledger.wallet import get_token_balance
from tokens.models import Wallet
from tokens.purchases.lifecycle import simulate_token_purchase
from tokens.spending.holds import capture, hold, release
from tokens.spending.spends import spend
from tokens.staff.grants import grant
from tokens.testing.hold_states import later, state
from tokens.testing.ledger_rows import assert_books_are_right, entries_of, remaining_of
from tokens.testing.races import at_once

pytestmark = pytest.mark.django_db


def test_an_abandoned_hold_is_released_by_the_sweep(alice, held):
    assert apply_due_everywhere() == 0
    with later(minutes=61):
        assert apply_due_everywhere() == 1
        assert apply_due_everywhere() == 0
    held.refresh_from_db()
    assert state(held) == ("released", 0, "expired", 100)
    assert Wallet.objects.get().due_at is None
    assert_books_are_right()


def test_an_abandoned_hold_is_released_by_the_next_spend_if_the_sweep_is_late(alice, held):
    with later(minutes=61):
        spend(alice, "import_domain")
    held.refresh_from_db()
    assert (held.reason, get_token_balance(alice.pk)) == ("expired", 99)
    assert_books_are_right()


def test_a_hold_whose_time_has_passed_cannot_be_captured_even_before_the_sweep(alice, held):
    with later(minutes=61), pytest.raises(HoldEnded, match="was released"):
        capture(held)


def test_releasing_what_has_expired_changes_nothing(alice, held):
    with later(minutes=61):
        apply_due_everywhere()
        assert state(release(held)) == ("released", 0, "expired", 100)


@pytest.mark.parametrize("expires_in", [timedelta(seconds=59), timedelta(days=7, seconds=1)])
def test_a_hold_lasts_from_a_minute_to_a_week(alice, expires_in):
    with pytest.raises(ValueError, match="one minute to seven days"):
        hold(alice, "data_export", expires_in=expires_in)


def test_expired_tokens_are_gone_before_a_spend_looks_at_them(alice):
    grant(alice, tokens=50, reason="a gift", by=None, expires_at=timezone.now() + timedelta(days=1))
    simulate_token_purchase(alice.pk, "starter")
    with later(days=2):
        assert get_token_balance(alice.pk) == 150
        assert spend(alice, "import_domain").balance_after == 99
    assert entries_of(alice)[-2:] == [("expire", -50, 100), ("spend", -1, None)]
    assert_books_are_right()


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_eight_sweeps_and_captures_of_an_expired_hold_release_it_once(alice):
    simulate_token_purchase(alice.pk, "starter")
    usage = hold(alice, "data_export")
    with later(minutes=61):
        outcomes = at_once(lambda number: capture(usage) if number % 2 else apply_due_everywhere())
    assert sum(outcome for outcome in outcomes if isinstance(outcome, int)) <= 1
    assert sum(isinstance(outcome, HoldEnded) for outcome in outcomes) == 4
    assert remaining_of(alice) == [100]
    assert_books_are_right()
