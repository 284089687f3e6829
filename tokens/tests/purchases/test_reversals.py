"""Tokens follow the money, to the last one and back. The refunds and disputes here are rows; how they come is tested
with Stripe."""

import pytest

from tokens.ledger.wallet import get_token_balance, read_wallet
from tokens.models import Purchase
from tokens.purchases.lifecycle import simulate_token_purchase
from tokens.purchases.reversals import follow_the_money
from tokens.spending.holds import hold, release
from tokens.spending.spends import spend_tokens
from tokens.testing.buying import spend_tokens_of
from tokens.testing.ledger_rows import assert_books_are_right, entries_of, figures, remaining_of
from tokens.testing.reversal_rows import dispute, refund, undo

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("tokens", "paid", "cents", "expected"),
    [
        (500, 4000, 4000, 500),
        (500, 4000, 2000, 250),
        (500, 4000, 0, 0),
        (100, 1000, 5, 1),  # half a token up
        (100, 1000, 4, 0),
        (3, 100, 50, 2),
        (500, 0, 0, 0),
    ],
)
def test_how_many_tokens_go_with_how_much_money(tokens, paid, cents, expected):
    assert Purchase(tokens=tokens, paid_cents=paid).tokens_for(cents) == expected


def test_two_refunds_of_half_take_all_tokens_not_three_quarters(alice):
    purchase = simulate_token_purchase(alice.pk, "pro")
    refund(purchase, 2000)
    assert (purchase.status, get_token_balance(alice.pk)) == ("partially_refunded", 250)
    refund(purchase, 2000)
    assert (purchase.status, get_token_balance(alice.pk)) == ("refunded", 0)
    assert_books_are_right()


def test_a_full_refund_after_200_were_spent_leaves_minus_200_and_the_next_pack_minus_100(alice):
    purchase = simulate_token_purchase(alice.pk, "pro")
    spend_tokens_of(alice, 200)
    refund(purchase, 4000)
    wallet = read_wallet(alice.pk)
    assert (wallet.balance, wallet.owed, wallet.available, remaining_of(alice)) == (-200, 200, 0, [0])
    assert wallet.debt == 200
    assert spend_tokens(alice.pk, "import_domain") is False
    simulate_token_purchase(alice.pk, "starter")
    assert (get_token_balance(alice.pk), remaining_of(alice), read_wallet(alice.pk).debt) == (-100, [0, 0], 100)
    assert_books_are_right()


def test_a_debt_stands_on_its_reversal_and_is_repaid_by_one_entry_of_what_came_in(alice):
    purchase = simulate_token_purchase(alice.pk, "pro")
    spend_tokens_of(alice, 200)
    row = refund(purchase, 4000)
    simulate_token_purchase(alice.pk, "starter")
    assert [(kind, tokens) for kind, tokens, _ in entries_of(alice)] == [
        ("credit", 500),
        ("spend", -200),
        ("reverse", -300),
        ("credit", 100),
        ("repay", -100),
    ]
    undo(row)
    assert [(kind, tokens) for kind, tokens, _ in entries_of(alice)[5:]] == [("restore", 300), ("restore", 100)]
    debts = purchase.reversals.order_by("pk").values_list("debt_made", "debt_forgiven")
    assert list(debts) == [(200, 0), (0, 100)]
    assert_books_are_right()


def test_a_full_refund_takes_what_was_spent_from_another_lot(alice):
    purchase = simulate_token_purchase(alice.pk, "pro")
    spend_tokens_of(alice, 200)
    simulate_token_purchase(alice.pk, "pro")
    refund(purchase, 4000)
    assert (get_token_balance(alice.pk), remaining_of(alice)) == (300, [0, 300])
    assert_books_are_right()


def test_a_refund_that_failed_gives_everything_back_where_it_was(alice):
    purchase = simulate_token_purchase(alice.pk, "pro")
    spend_tokens_of(alice, 200)
    simulate_token_purchase(alice.pk, "pro")
    row = refund(purchase, 4000)
    undo(row)
    assert (purchase.status, purchase.tokens_reversed, remaining_of(alice)) == ("completed", 0, [300, 500])
    assert_books_are_right()


def test_what_was_repaid_comes_back_in_a_lot_of_its_own_when_the_money_does(alice):
    purchase = simulate_token_purchase(alice.pk, "pro")
    spend_tokens_of(alice, 200)
    row = refund(purchase, 4000)
    simulate_token_purchase(alice.pk, "starter")
    undo(row)
    assert (get_token_balance(alice.pk), remaining_of(alice), read_wallet(alice.pk).debt) == (400, [300, 0, 100], 0)
    assert_books_are_right()


def test_part_of_the_money_back_lowers_the_debt_first(alice):
    purchase = simulate_token_purchase(alice.pk, "pro")
    spend_tokens_of(alice, 200)
    refund(purchase, 3200)
    row = refund(purchase, 800)
    simulate_token_purchase(alice.pk, "starter")
    undo(row)
    assert (get_token_balance(alice.pk), remaining_of(alice), read_wallet(alice.pk).debt) == (0, [0, 0], 0)
    assert_books_are_right()


def test_a_released_hold_repays_a_debt(alice):
    purchase = simulate_token_purchase(alice.pk, "pro")
    usage = hold(alice, "data_export", tokens=300)
    refund(purchase, 4000)
    assert read_wallet(alice.pk).balance == -300
    release(usage)
    assert (read_wallet(alice.pk).balance, read_wallet(alice.pk).debt, remaining_of(alice)) == (0, 0, [0])
    assert_books_are_right()


def test_a_lot_that_is_unfrozen_repays_a_debt(alice):
    disputed = simulate_token_purchase(alice.pk, "starter")
    dispute(disputed)
    purchase = simulate_token_purchase(alice.pk, "starter")
    spend_tokens_of(alice, 60)
    refund(purchase, 1000)
    assert (remaining_of(alice), read_wallet(alice.pk).debt, figures(alice)) == ([100, 0], 60, (40, 100, 0))
    dispute(disputed, status="won")
    assert (remaining_of(alice), read_wallet(alice.pk).debt, figures(alice)) == ([40, 0], 0, (40, 0, 40))
    assert_books_are_right()


def test_more_refunds_than_were_paid_take_no_more_than_all(alice):
    purchase = simulate_token_purchase(alice.pk, "starter")
    refund(purchase, 1000)
    refund(purchase, 1000)
    assert (purchase.tokens_reversed, get_token_balance(alice.pk)) == (100, 0)


def test_a_dispute_freezes_what_remains_and_an_inquiry_nothing(alice):
    purchase = simulate_token_purchase(alice.pk, "starter")
    dispute(purchase, status="warning_needs_response")
    assert read_wallet(alice.pk).frozen == 0
    dispute(purchase, status="needs_response")
    wallet = read_wallet(alice.pk)
    assert (wallet.balance, wallet.frozen, wallet.available) == (100, 100, 0)
    assert spend_tokens(alice.pk, "import_domain") is False
    assert_books_are_right()


def test_a_won_dispute_restores_tokens_not_dollars_and_unfreezes(alice):
    purchase = simulate_token_purchase(alice.pk, "pro")
    spend_tokens_of(alice, 200)
    dispute(purchase)
    dispute(purchase, withdrawn_cents=4000)
    assert get_token_balance(alice.pk) == -200
    dispute(purchase, withdrawn_cents=4000, reinstated_cents=4000, status="won")
    wallet = read_wallet(alice.pk)
    assert (wallet.balance, wallet.frozen, wallet.available) == (300, 0, 300)
    assert_books_are_right()


def test_a_lost_dispute_keeps_what_was_taken_and_unfreezes(alice):
    purchase = simulate_token_purchase(alice.pk, "starter")
    dispute(purchase, withdrawn_cents=1000)
    dispute(purchase, withdrawn_cents=1000, status="lost")
    assert (get_token_balance(alice.pk), read_wallet(alice.pk).frozen) == (0, 0)
    assert_books_are_right()


def test_following_again_changes_nothing(alice):
    purchase = simulate_token_purchase(alice.pk, "pro")
    refund(purchase, 2000)
    before = (remaining_of(alice), purchase.reversals.count())
    follow_the_money(purchase)
    assert (remaining_of(alice), purchase.reversals.count()) == before
