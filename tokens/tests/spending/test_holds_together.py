"""Holds made together: all or none, and captured together, once."""

from datetime import timedelta

import pytest
from django.utils import timezone

from tokens.catalog import get_catalog
from tokens.errors import HoldEnded, InsufficientTokens, UnknownHold
from tokens.ledger.due import open_wallet
from tokens.ledger.wallet import get_token_balance, read_wallet
from tokens.models import TokenUsage
from tokens.purchases.lifecycle import simulate_token_purchase
from tokens.spending.holds import capture, capture_all, hold_many_at, release
from tokens.spending.spends import spend
from tokens.testing.hold_states import state
from tokens.testing.ledger_rows import assert_books_are_right, entries_of, make_lot, remaining_of
from tokens.testing.races import at_once
from tokens.transactions import money_transaction

pytestmark = pytest.mark.django_db


def hold_both(user, *tokens, **more):
    """Two holds at once, of different actions."""
    costs = [get_catalog().cost(action) for action in ("csv_import", "import_domain")]
    return hold_many_at(user.pk, [(cost, number, {}) for cost, number in zip(costs, tokens, strict=True)], **more)


@money_transaction
def capture_both(user, usages):
    return capture_all(open_wallet(user.pk, timezone.now()), [usage.pk for usage in usages])


def states():
    return [state(usage) for usage in TokenUsage.objects.order_by("pk")]


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
