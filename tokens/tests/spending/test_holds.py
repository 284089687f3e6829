"""Tokens put aside: captured, released or expired, once, and back to exactly the lots they came from."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from tokens.catalog import get_catalog
from tokens.errors import CaptureExceedsHold, HoldEnded, InsufficientTokens, KeyReused, UnknownHold
from tokens.ledger.due import apply_due_everywhere, open_wallet
from tokens.ledger.wallet import get_token_balance, read_wallet
from tokens.models import TokenUsage, Wallet
from tokens.purchases.lifecycle import simulate_token_purchase
from tokens.spending.holds import capture, capture_all, hold, hold_many_at, release
from tokens.spending.spends import spend, spend_tokens
from tokens.staff.grants import grant
from tokens.testing.ledger_rows import assert_books_are_right, entries_of, make_lot, remaining_of
from tokens.testing.races import at_once
from tokens.transactions import money_transaction

pytestmark = pytest.mark.django_db


@pytest.fixture
def held(alice):
    simulate_token_purchase(alice.pk, "starter")
    return hold(alice, "data_export", tokens=30, metadata={"file": "a.csv"})


def state(usage):
    return (usage.status, usage.tokens_spent, usage.reason, usage.balance_after)


def hold_both(user, *tokens, **more):
    """Two holds at once, of different actions."""
    costs = [get_catalog().cost(action) for action in ("csv_import", "import_domain")]
    return hold_many_at(user.pk, [(cost, number, {}) for cost, number in zip(costs, tokens, strict=True)], **more)


@money_transaction
def capture_both(user, usages):
    return capture_all(open_wallet(user.pk, timezone.now()), [usage.pk for usage in usages])


def states():
    return [state(usage) for usage in TokenUsage.objects.order_by("pk")]


def later(**delta):
    return time_machine.travel(timezone.now() + timedelta(**delta), tick=True)


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


def test_holds_made_together_are_captured_together(alice):
    make_lot(alice, tokens=5, expires_at=timezone.now() + timedelta(days=1))
    make_lot(alice, tokens=20)
    both = hold_both(alice, 2, 8)
    assert states() == [("held", 2, "", 23), ("held", 8, "", 15)]
    assert entries_of(alice)[-3:] == [("hold", -2, 23), ("hold", -3, 20), ("hold", -5, 15)]
    spend(alice, "import_domain")
    assert capture_both(alice, both) == 10
    assert states() == [("spent", 2, "", 14), ("spent", 8, "", 14), ("spent", 1, "", 14)]
    assert len(entries_of(alice)) == 6
    assert (read_wallet(alice.pk).balance, read_wallet(alice.pk).held, remaining_of(alice)) == (14, 0, [0, 14])
    assert_books_are_right()


def test_of_holds_made_together_all_are_made_or_none(alice):
    make_lot(alice, tokens=9)
    with pytest.raises(InsufficientTokens):
        hold_both(alice, 2, 8)
    with pytest.raises(ValueError, match="one minute to seven days"):
        hold_both(alice, 1, 1, expires_in=timedelta(days=8))
    assert (read_wallet(alice.pk).held, TokenUsage.objects.count()) == (0, 0)


@pytest.mark.parametrize("end", [capture, release])
def test_holds_of_which_one_has_ended_are_not_captured_together(alice, end):
    simulate_token_purchase(alice.pk, "starter")
    both = hold_both(alice, 2, 8)
    end(both[1])
    before = states(), entries_of(alice)
    with pytest.raises(HoldEnded) as caught:
        capture_both(alice, both)
    assert caught.value.usage == both[1]
    assert ((states(), entries_of(alice)), read_wallet(alice.pk).held) == (before, 2)
    assert_books_are_right()


def test_holds_are_captured_together_once(alice):
    simulate_token_purchase(alice.pk, "starter")
    both = hold_both(alice, 2, 8)
    capture_both(alice, both)
    with pytest.raises(HoldEnded):
        capture_both(alice, both)
    assert (get_token_balance(alice.pk), read_wallet(alice.pk).held) == (90, 0)
    assert_books_are_right()


def test_another_users_holds_are_not_captured(alice, bob):
    for user in (alice, bob):
        simulate_token_purchase(user.pk, "starter")
    both = hold_both(bob, 2, 8)
    with pytest.raises(UnknownHold):
        capture_both(alice, both)
    assert read_wallet(bob.pk).held == 10


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
    assert entries_of(alice)[-2:] == [("expire", -50, 100), ("spend", -1, 99)]
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
def test_capturing_two_holds_and_releasing_one_of_them_at_once(alice):
    simulate_token_purchase(alice.pk, "starter")
    for _ in range(5):
        both = hold_both(alice, 2, 8)
        before = read_wallet(alice.pk).balance
        outcomes = at_once(lambda number, both=both: capture_both(alice, both) if number % 2 else release(both[0]))
        won = [outcome for outcome in outcomes if not isinstance(outcome, HoldEnded)]
        ended = [TokenUsage.objects.get(pk=usage.pk).status for usage in both]
        if ended[0] == "spent":
            assert (won, ended[1], read_wallet(alice.pk).balance) == ([10], "spent", before)
        else:
            assert (ended, read_wallet(alice.pk).balance) == (["released", "held"], before + 2)
            assert all(isinstance(outcome, TokenUsage) for outcome in won)
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


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_eight_holds_at_once_never_hold_more_than_there_is(alice):
    simulate_token_purchase(alice.pk, "starter")
    outcomes = at_once(lambda _: hold(alice.pk, "data_export", tokens=30))
    assert sum(isinstance(outcome, TokenUsage) for outcome in outcomes) == 3
    assert (read_wallet(alice.pk).balance, read_wallet(alice.pk).held) == (10, 90)
    assert_books_are_right()
