"""Tokens put aside: captured, released or expired, once, and back to exactly the lots they came from."""

from datetime import timedelta

import pytest
from django.utils import timezone

from tokens.errors import CaptureExceedsHold, HoldEnded, InsufficientTokens, KeyReused, UnknownHold
from tokens.ledger.wallet import get_token_balance, read_wallet
from tokens.models import TokenUsage
from tokens.purchases.lifecycle import simulate_token_purchase
from tokens.spending.holds import capture, hold, release
from tokens.spending.spends import spend, spend_tokens
from tokens.testing.hold_states import later, state
from tokens.testing.ledger_rows import assert_books_are_right, entries_of, make_lot, remaining_of
from tokens.testing.races import at_once

pytestmark = pytest.mark.django_db


def test_a_hold_leaves_the_balance_at_once_and_is_shown_apart(alice, held):
    wallet = read_wallet(alice.pk)
    assert state(held) == ("held", 30, "", 70)
    assert (wallet.balance, wallet.held, wallet.available) == (70, 30, 70)
    assert entries_of(alice) == [("credit", 100, 100), ("hold", -30, 70)]
    assert_books_are_right()


def test_a_hold_is_for_what_the_action_costs_unless_more_is_said(alice):
    simulate_token_purchase(alice.pk, "starter")
    assert hold(alice, "ai_analysis").tokens_spent == 5


def test_capturing_all_spends_it(alice, held):
    assert state(capture(held)) == ("spent", 30, "", 70)
    assert entries_of(alice) == [("credit", 100, 100), ("hold", -30, 70)]
    assert read_wallet(alice.pk).held == 0
    assert_books_are_right()


def test_capturing_less_gives_the_rest_back(alice, held):
    assert state(capture(held, tokens=12)) == ("spent", 12, "", 88)
    assert entries_of(alice)[-1] == ("release", 18, 88)
    assert_books_are_right()


def test_releasing_gives_all_of_it_back(alice, held):
    assert state(release(held)) == ("released", 0, "caller", 100)
    assert (remaining_of(alice), read_wallet(alice.pk).held) == ([100], 0)
    assert_books_are_right()


@pytest.mark.parametrize("end", [capture, release])
def test_the_same_verb_again_gets_its_first_answer(alice, held, end):
    first = state(end(held))
    spend(alice, "import_domain")
    assert state(end(held)) == first
    assert_books_are_right()


def test_capturing_again_with_another_number_is_refused(held):
    capture(held, tokens=12)
    with pytest.raises(HoldEnded, match="was captured with 12 tokens"):
        capture(held, tokens=13)


def test_a_captured_hold_cannot_be_released(alice, held):
    capture(held)
    with pytest.raises(HoldEnded, match="was captured with 30 tokens"):
        release(held)
    assert get_token_balance(alice.pk) == 70


def test_a_released_hold_cannot_be_captured(alice, held):
    release(held)
    with pytest.raises(HoldEnded, match="was released"):
        capture(held)
    assert get_token_balance(alice.pk) == 100


@pytest.mark.parametrize("tokens", [0, -1, 31])
def test_what_is_captured_is_between_one_and_what_is_held(alice, held, tokens):
    with pytest.raises(CaptureExceedsHold):
        capture(held, tokens=tokens)
    assert read_wallet(alice.pk).held == 30


def test_a_plain_spend_is_no_hold(alice):
    simulate_token_purchase(alice.pk, "starter")
    with pytest.raises(UnknownHold):
        release(spend(alice, "ai_analysis"))


def test_too_few_tokens_hold_nothing(alice, held):
    with pytest.raises(InsufficientTokens):
        hold(alice, "data_export", tokens=71)
    assert (read_wallet(alice.pk).held, TokenUsage.objects.count()) == (30, 1)


def test_held_tokens_cannot_be_spent(alice):
    simulate_token_purchase(alice.pk, "starter")
    hold(alice, "data_export", tokens=100)
    assert spend_tokens(alice.pk, "import_domain") is False


def test_a_hold_with_a_key_is_made_once(alice):
    simulate_token_purchase(alice.pk, "starter")
    first = hold(alice, "data_export", idempotency_key="k")
    assert hold(alice, "data_export", idempotency_key="k").pk == first.pk
    with pytest.raises(KeyReused):
        hold(alice, "data_export", tokens=11, idempotency_key="k")
    assert read_wallet(alice.pk).held == 10


def test_what_is_captured_burns_first_what_expires_first(alice):
    """A hold of 8 over 5 expiring and 20 lasting tokens, captured with 5: 0 expiring and 20 lasting remain."""
    make_lot(alice, tokens=5, expires_at=timezone.now() + timedelta(days=1))
    make_lot(alice, tokens=20)
    usage = hold(alice, "data_export", tokens=8)
    assert remaining_of(alice) == [0, 17]
    capture(usage, tokens=5)
    assert remaining_of(alice) == [0, 20]
    assert_books_are_right()


def test_what_returns_to_a_lot_that_has_expired_expires_with_it(alice):
    make_lot(alice, tokens=5, expires_at=timezone.now() + timedelta(minutes=30))
    make_lot(alice, tokens=20)
    usage = hold(alice, "data_export", tokens=8)
    with later(minutes=31):
        assert state(release(usage)) == ("released", 0, "caller", 20)
    assert remaining_of(alice) == [0, 20]
    assert entries_of(alice)[-2:] == [("release", 5, 25), ("expire", -5, 20)]
    assert_books_are_right()


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_capture_release_and_expiry_at_once_end_the_hold_once(alice):
    simulate_token_purchase(alice.pk, "starter")
    for _ in range(5):
        usage = hold(alice, "data_export")
        outcomes = at_once(lambda number, usage=usage: (capture if number % 2 else release)(usage))
        won = {outcome.status for outcome in outcomes if isinstance(outcome, TokenUsage)}
        assert len(won) == 1
        assert all(isinstance(outcome, TokenUsage | HoldEnded) for outcome in outcomes)
    with later(minutes=61):
        hold(alice, "data_export", expires_in=timedelta(minutes=1))
    assert_books_are_right()


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_eight_holds_at_once_never_hold_more_than_there_is(alice):
    simulate_token_purchase(alice.pk, "starter")
    outcomes = at_once(lambda _: hold(alice.pk, "data_export", tokens=30))
    assert sum(isinstance(outcome, TokenUsage) for outcome in outcomes) == 3
    assert (read_wallet(alice.pk).balance, read_wallet(alice.pk).held) == (10, 90)
    assert_books_are_right()
