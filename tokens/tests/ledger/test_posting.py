"""Posting: what was spent leaves the lots later, and then all is as if each spend had burned them at once."""

from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.db import transaction

from accounts.api_keys import CallingKey
from tokens.ledger import spend_statements as plain
from tokens.ledger.burning import left_of_lots
from tokens.ledger.due import apply_due_everywhere
from tokens.ledger.posting import post_wallet
from tokens.ledger.wallet import get_token_balance, lock_wallet, read_wallet, stop_spending
from tokens.models import DailyTotal, LedgerEntry, Lot, Posting, TokenUsage, UsageTotal, Wallet
from tokens.purchases.evidence import evidence_for
from tokens.purchases.refunds import offered_cents, preview
from tokens.reports.customer_totals import usage_breakdown
from tokens.spending.holds import capture, hold, release
from tokens.spending.spends import spend, spend_many, spend_once
from tokens.staff.grants import deduct, grant
from tokens.testing.all_rows import rows_of
from tokens.testing.ledger_rows import assert_books_are_right, buy, entries_of, lots_of, make_lot, post, remaining_of
from tokens.testing.reversal_rows import dispute, refund, undo

pytestmark = pytest.mark.django_db
DAY = datetime(2026, 3, 31, tzinfo=UTC)


def at(hour, minute=0, **more):
    return time_machine.travel(DAY + timedelta(hours=hour, minutes=minute, **more), tick=False)


def postings_of(user):
    return list(
        Posting.objects.filter(wallet=user.pk).order_by("pk").values_list("first_number", "last_number", "tokens")
    )


def numbers_of(user):
    """(newest usage, posted up to, unposted tokens)"""
    wallet = read_wallet(user.pk)
    return wallet.last_number, wallet.posted_number, wallet.unposted


# --- what is written when ----------------------------------------------------------------


def test_a_spend_changes_its_wallet_and_writes_a_usage_and_nothing_else(alice):
    make_lot(alice, tokens=100)
    before = rows_of(alice)
    spend(alice, "ai_analysis", idempotency_key="k")
    after = rows_of(alice)
    assert {model for model in after if after[model] != before[model]} == {Wallet, TokenUsage}
    wallet, usage = read_wallet(alice.pk), TokenUsage.objects.get()
    assert (wallet.balance, wallet.unposted, wallet.unposted_since) == (95, 5, usage.created_at)
    assert (usage.number, usage.balance_after, usage.created_at) == (1, 95, wallet.updated_at)


def test_posting_takes_many_usages_out_of_the_lot_with_one_entry(alice):
    make_lot(alice, tokens=100, paid_cents=1000)
    for action in ("ai_analysis", "csv_import", "csv_import"):
        spend(alice, action)
    since = read_wallet(alice.pk).unposted_since
    assert since == TokenUsage.objects.get(number=1).created_at
    assert post_wallet(alice.pk) == 3
    assert postings_of(alice) == [(1, 3, 9)]
    entry = LedgerEntry.objects.get(kind="spend")
    assert (entry.tokens, entry.worth_cents, entry.number, entry.balance_after) == (-9, -90, 3, None)
    assert (entry.cause_kind, entry.cause_id) == ("posting", Posting.objects.get().pk)
    assert remaining_of(alice) == [91]
    wallet = read_wallet(alice.pk)
    assert (wallet.balance, wallet.unposted, wallet.unposted_since, wallet.posted_number) == (91, 0, None, 3)
    assert_books_are_right()


def test_posting_twice_changes_nothing(alice):
    make_lot(alice, tokens=100)
    spend(alice, "ai_analysis")
    assert post_wallet(alice.pk) == 1
    rows = rows_of(alice)
    assert post_wallet(alice.pk) == 0
    assert rows_of(alice) == rows


def test_a_wallet_without_usages_has_nothing_to_post(alice):
    make_lot(alice, tokens=100)
    rows = rows_of(alice)
    assert post_wallet(alice.pk) == 0
    assert rows_of(alice) == rows


def test_posting_adds_to_running_and_daily_totals_by_action_and_key(alice):
    with at(23, 59):
        make_lot(alice, tokens=100)
        spend_once(alice.pk, "csv_import", api_key=CallingKey(7))
        spend_once(alice.pk, "csv_import", quantity=3)
    with at(24, 1):
        spend_once(alice.pk, "csv_import", api_key=CallingKey(7))
        spend(alice, "ai_analysis")
        post_wallet(alice.pk)
        spend(alice, "ai_analysis")
        post_wallet(alice.pk)
    assert set(UsageTotal.objects.values_list("action", "tokens", "count")) == {
        ("csv_import", 10, 5),
        ("ai_analysis", 10, 2),
    }
    assert set(DailyTotal.objects.values_list("day", "action", "api_key", "tokens", "count")) == {
        (date(2026, 3, 31), "csv_import", 7, 2, 1),
        (date(2026, 3, 31), "csv_import", 0, 6, 3),
        (date(2026, 4, 1), "csv_import", 7, 2, 1),
        (date(2026, 4, 1), "ai_analysis", 0, 10, 2),
    }
    assert_books_are_right()


def test_usages_of_several_hours_are_posted_hour_by_hour(alice):
    with at(10):
        make_lot(alice, tokens=7, paid_cents=700)
        make_lot(alice, tokens=100)
    for hour, minute, action in (
        (10, 30, "csv_import"),
        (10, 59, "ai_analysis"),
        (11, 0, "data_export"),
        (25, 0, "csv_import"),
    ):
        with at(hour, minute):
            spend(alice, action)
    with at(25, 30):
        post_wallet(alice.pk)
    assert postings_of(alice) == [(1, 2, 7), (3, 3, 10), (4, 4, 2)]
    spends = LedgerEntry.objects.filter(kind="spend").order_by("pk")
    assert list(spends.values_list("hour", "number", "tokens")) == [
        (DAY + timedelta(hours=10), 2, -7),
        (DAY + timedelta(hours=11), 3, -10),
        (DAY + timedelta(hours=25), 4, -2),
    ]
    assert_books_are_right()


# --- which lots --------------------------------------------------------------------------


def test_posting_takes_from_lots_in_burn_order_one_entry_for_each(alice):
    with at(10):
        make_lot(alice, tokens=4, paid_cents=40)
        make_lot(alice, tokens=4)
        make_lot(alice, tokens=4, expires_at=DAY + timedelta(days=9))
        for _ in range(5):
            spend(alice, "csv_import")
        post_wallet(alice.pk)
    assert remaining_of(alice) == [2, 0, 0]
    spends = LedgerEntry.objects.filter(kind="spend").order_by("pk").values_list("lot__is_paid", "tokens")
    assert list(spends) == [(False, -4), (False, -4), (True, -2)]
    assert_books_are_right()


def test_what_was_spent_before_a_lot_expired_is_taken_from_it_and_the_rest_expires(alice):
    with at(10):
        make_lot(alice, tokens=20)
        make_lot(alice, tokens=20, expires_at=DAY + timedelta(hours=12))
        spend(alice, "data_export")
    with at(13):
        assert apply_due_everywhere() == 1
    assert entries_of(alice)[2:] == [("spend", -10, None), ("expire", -10, 20)]
    assert remaining_of(alice) == [20, 0]
    assert_books_are_right()


def test_a_spend_after_an_expiry_applies_it_first(alice):
    with at(10):
        make_lot(alice, tokens=20)
        make_lot(alice, tokens=20, expires_at=DAY + timedelta(hours=12))
        spend(alice, "ai_analysis")
    with at(13):
        assert spend(alice, "ai_analysis").balance_after == 15
    assert entries_of(alice)[2:] == [("spend", -5, None), ("expire", -15, 20), ("spend", -5, None)]
    assert remaining_of(alice) == [15, 0]


def test_what_was_spent_before_a_lot_was_frozen_is_taken_from_it(alice):
    disputed = make_lot(alice, tokens=20, paid_cents=200).purchase
    make_lot(alice, tokens=20, paid_cents=200)
    spend(alice, "data_export")
    dispute(disputed, withdrawn_cents=0)
    assert (read_wallet(alice.pk).frozen, remaining_of(alice)) == (10, [10, 20])
    spend(alice, "data_export")
    assert [(each.tokens, each.is_frozen) for each in left_of_lots(alice.pk)] == [(10, True), (10, False)]
    assert list(Lot.objects.order_by("pk").values_list("remaining", flat=True)) == [10, 20]
    assert remaining_of(alice) == [10, 10]
    assert_books_are_right()


# --- what posts first --------------------------------------------------------------------


@pytest.mark.parametrize(
    "act",
    [
        lambda user, purchase: hold(user, "ai_analysis"),
        lambda user, purchase: capture(TokenUsage.objects.held().get()),
        lambda user, purchase: release(TokenUsage.objects.held().get()),
        lambda user, purchase: refund(purchase, 100),
        lambda user, purchase: undo(refund(purchase, 100)),
        lambda user, purchase: dispute(purchase),
        lambda user, purchase: grant(user, tokens=1, reason="a gift", by=None),
        lambda user, purchase: deduct(user, tokens=1, reason="a mistake", by=None),
        lambda user, purchase: buy(user.pk, "starter"),
    ],
    ids="hold capture release refund restore freeze grant deduct purchase".split(),
)
def test_what_is_no_plain_spend_posts_before_it(alice, act):
    purchase = buy(alice.pk, "pro")
    hold(alice, "data_export")
    spend_many(alice, [("csv_import", {}), ("ai_analysis", {})])
    assert numbers_of(alice) == (3, 1, 7)
    act(alice, purchase)
    last, posted, unposted = numbers_of(alice)
    assert (last - posted, unposted) == (0, 0)
    kinds = list(LedgerEntry.objects.order_by("pk").values_list("kind", flat=True))
    assert kinds[:3] == ["credit", "hold", "spend"]
    assert_books_are_right()


def test_a_hold_takes_the_next_number_and_is_posted_at_once(alice):
    make_lot(alice, tokens=100)
    assert [spend(alice, "csv_import").number, hold(alice, "csv_import").number] == [1, 2]
    assert numbers_of(alice) == (2, 2, 0)
    assert spend(alice, "csv_import").number == 3
    assert numbers_of(alice) == (3, 2, 2)


@pytest.fixture
def few(monkeypatch):
    """A wallet with three usages unposted is not plain any more."""
    monkeypatch.setattr(plain, "MOST_UNPOSTED", 3)
    composed = (plain.in_one, plain.taken, plain._marks)
    for statement in composed:
        statement.cache_clear()
    yield
    for statement in composed:
        statement.cache_clear()


def test_a_wallet_with_very_much_unposted_is_posted_by_the_next_spend(alice, few):
    make_lot(alice, tokens=100)
    for _ in range(3):
        spend(alice, "csv_import")
    assert numbers_of(alice) == (3, 0, 6)
    assert spend(alice, "csv_import").balance_after == 92
    assert numbers_of(alice) == (4, 3, 2)
    assert [usage.number for usage in spend_many(alice, [("csv_import", {})] * 9)] == list(range(5, 14))
    assert spend(alice, "csv_import").number == 14
    assert numbers_of(alice) == (14, 13, 2)
    assert postings_of(alice) == [(1, 3, 6), (4, 13, 20)]
    assert_books_are_right()


def test_blocking_a_wallet_leaves_what_is_unposted(alice):
    make_lot(alice, tokens=100)
    spend(alice, "csv_import")
    stop_spending(lock_wallet(alice.pk), at=DAY)
    assert numbers_of(alice) == (1, 0, 2)
    post(alice)
    assert_books_are_right()


# --- what is read ------------------------------------------------------------------------


def test_every_read_says_the_same_before_and_after_posting(api, alice):
    first, second = buy(alice.pk, "pro"), buy(alice.pk, "starter")
    grant(alice, tokens=7, reason="a gift", by=None)
    hold(alice, "data_export")
    spend_many(alice, [("csv_import", {}), ("ai_analysis", {})])
    spend(alice, "ai_analysis", quantity=2)
    client = api(alice)

    def everything():
        for purchase in (first, second):
            purchase.refresh_from_db()
        reads: list[object] = [asdict(evidence_for(purchase)) | {"latest": None} for purchase in (first, second)]
        reads += [offered_cents(purchase) for purchase in (first, second)]
        reads += [preview(purchase, amount_cents=1000) for purchase in (first, second)]
        reads += [usage_breakdown(alice.pk), get_token_balance(alice.pk), read_wallet(alice.pk).available]
        reads += [client.get(f"/api/tokens/{path}").json() for path in ("balance", "stats", "usage", "history")]
        return [*reads, *(lot.remaining for lot in lots_of(alice))]

    before, rows = everything(), rows_of(alice)
    assert rows_of(alice) == rows, "reading posts nothing"
    assert post_wallet(alice.pk) == 3
    assert everything() == before


def test_evidence_and_offer_count_what_is_not_posted(alice):
    purchase = buy(alice.pk, "pro")
    for _ in range(10):
        spend(alice, "data_export")
    assert (evidence_for(purchase).of_this_purchase, offered_cents(purchase)) == (100, 3200)
    assert (Lot.objects.get().remaining, LedgerEntry.objects.count()) == (500, 1)


# --- numbers -----------------------------------------------------------------------------


def test_a_transaction_that_is_rolled_back_leaves_no_gap_in_the_numbers(alice):
    make_lot(alice, tokens=100)
    spend(alice, "csv_import")
    with transaction.atomic():
        spend(alice, "ai_analysis", idempotency_key="k")
        spend_many(alice, [("csv_import", {})] * 3)
        hold(alice, "csv_import")
        transaction.set_rollback(True)
    assert numbers_of(alice) == (1, 0, 2)
    assert spend(alice, "ai_analysis", idempotency_key="k").number == 2
    assert [usage.number for usage in spend_many(alice, [("csv_import", {})] * 3)] == [3, 4, 5]
    assert hold(alice, "csv_import").number == 6
    assert_books_are_right()
