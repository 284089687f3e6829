"""What nobody posts by using a wallet is posted by the worker: by age and by count, one wallet at a time."""

import logging
import threading
import time
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import connection, transaction
from django.db.models import F, Sum

from tokens.jobs import run_due
from tokens.ledger import posting
from tokens.ledger.posting import post_due, post_wallet
from tokens.ledger.wallet import lock_wallet, read_wallet
from tokens.models import LedgerEntry, Lot, Posting, Purchase, TokenUsage, Wallet
from tokens.purchases.evidence import evidence_for
from tokens.purchases.refunds import offered_cents, preview
from tokens.reports.closed_hours import close_hours
from tokens.reports.customer_totals import usage_breakdown
from tokens.spending.holds import capture, hold
from tokens.spending.spends import spend, spend_many
from tokens.testing.ledger_rows import assert_books_are_right, buy, make_lot, remaining_of
from tokens.testing.races import at_once
from tokens.testing.reversal_rows import refund

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 31, 12, tzinfo=UTC)


@pytest.fixture
def clock():
    with time_machine.travel(NOON, tick=False) as clock:
        yield clock


def is_posted(user):
    wallet = read_wallet(user.pk)
    return wallet.posted_number == wallet.last_number and wallet.unposted_since is None


# --- when --------------------------------------------------------------------------------


def test_what_was_spent_is_posted_after_a_minute(alice, clock):
    make_lot(alice, tokens=100)
    spend(alice, "csv_import")
    clock.shift(timedelta(seconds=30))
    spend(alice, "csv_import")  # the first one's minute counts
    clock.shift(timedelta(seconds=29))
    assert (post_due(), is_posted(alice)) == (False, False)
    clock.shift(timedelta(seconds=1))
    assert (post_due(), is_posted(alice)) == (True, True)
    assert post_due() is False


def test_many_usages_are_posted_before_their_minute_is_over(alice, clock, monkeypatch):
    monkeypatch.setattr(posting, "POSTED_AT", 3)
    make_lot(alice, tokens=100)
    spend_many(alice, [("csv_import", {})] * 2)
    assert (post_due(), is_posted(alice)) == (False, False)
    spend(alice, "csv_import")
    assert (post_due(), is_posted(alice)) == (True, True)


def test_the_worker_posts_all_that_is_due(alice, bob, clock):
    for user in (alice, bob):
        make_lot(user, tokens=100)
        spend(user, "csv_import")
    clock.shift(timedelta(minutes=1))
    assert run_due()["usages posted"] == 1
    assert is_posted(alice)
    assert is_posted(bob)


def test_a_round_is_of_bounded_size_and_the_longest_waiting_come_first(alice, bob, clock, monkeypatch):
    monkeypatch.setattr(posting, "AT_ONCE", 1)
    for user in (bob, alice):
        make_lot(user, tokens=100)
        spend(user, "csv_import")
        clock.shift(timedelta(seconds=1))
    clock.shift(timedelta(minutes=1))
    assert (post_due(), is_posted(bob), is_posted(alice)) == (True, True, False)
    assert (post_due(), is_posted(alice)) == (True, True)


# --- whose books disagree ----------------------------------------------------------------


@pytest.mark.breaks_the_books
@pytest.mark.parametrize(
    "spoil",
    [
        lambda user: Lot.objects.filter(wallet=user.pk).update(remaining=1),
        lambda user: Wallet.objects.filter(pk=user.pk).update(unposted=3),
    ],
    ids=["lots", "usages"],
)
def test_a_wallet_whose_books_disagree_stops_no_other_and_is_tried_again_later(alice, bob, clock, caplog, spoil):
    for user in (alice, bob):
        make_lot(user, tokens=100)
        spend(user, "csv_import")
    spoil(alice)
    clock.shift(timedelta(minutes=1))
    with caplog.at_level(logging.ERROR):
        assert post_due() is True
    assert (is_posted(alice), is_posted(bob)) == (False, True)
    assert [record.message for record in caplog.records] == [f"What user {alice.pk} has spent could not be posted"]
    caplog.clear()
    clock.shift(timedelta(seconds=119))
    assert (post_due(), caplog.records) == (False, [])
    clock.shift(timedelta(seconds=1))
    assert (post_due(), len(caplog.records)) == (False, 1)
    Lot.objects.filter(wallet=alice.pk).update(remaining=100)
    Wallet.objects.filter(pk=alice.pk).update(unposted=2)
    clock.shift(timedelta(minutes=2))
    assert (post_due(), is_posted(alice)) == (True, True)
    assert remaining_of(alice) == [98]


@pytest.mark.breaks_the_books
def test_a_wallet_with_many_usages_whose_books_disagree_is_not_tried_again_at_once(alice, clock, caplog, monkeypatch):
    monkeypatch.setattr(posting, "POSTED_AT", 3)
    make_lot(alice, tokens=100)
    spend_many(alice, [("csv_import", {})] * 3)
    Lot.objects.update(remaining=1)
    assert (post_due(), len(caplog.records)) == (False, 1)
    spend(alice, "csv_import")
    clock.shift(timedelta(seconds=59))
    assert (post_due(), len(caplog.records)) == (False, 1)
    clock.shift(timedelta(seconds=1))
    assert (post_due(), len(caplog.records)) == (False, 2)


# --- closed hours ------------------------------------------------------------------------


def test_usages_of_a_closed_and_of_an_open_hour_are_two_postings_that_count_in_the_open_one(alice, clock):
    make_lot(alice, tokens=100)
    spend(alice, "csv_import")
    clock.shift(timedelta(minutes=75))
    close_hours()
    spend(alice, "ai_analysis")
    assert post_wallet(alice.pk) == 2
    assert list(Posting.objects.order_by("pk").values_list("first_number", "last_number", "tokens")) == [
        (1, 1, 2),
        (2, 2, 5),
    ]
    hours = LedgerEntry.objects.filter(kind="spend").order_by("pk").values_list("hour", "tokens")
    assert list(hours) == [(NOON + timedelta(hours=1), -2), (NOON + timedelta(hours=1), -5)]
    clock.shift(timedelta(hours=2))
    close_hours()
    assert_books_are_right()


def test_a_capture_counts_in_an_open_hour_however_late_it_comes(alice, clock):
    make_lot(alice, tokens=100)
    held = hold(alice, "csv_import", expires_in=timedelta(hours=9))
    clock.shift(timedelta(minutes=75))
    close_hours()
    clock.move_to(NOON + timedelta(minutes=50))  # another machine, whose clock is behind
    capture(held)
    assert TokenUsage.objects.get().ended_at == NOON + timedelta(hours=1)
    clock.shift(timedelta(hours=3))
    close_hours()
    assert_books_are_right()


# --- at once -----------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_posting_waits_for_a_spend_that_is_under_way_and_posts_it_too(alice):
    make_lot(alice, tokens=100)
    spend(alice, "csv_import")
    is_spent = threading.Event()

    def live(number):
        if number == 0:
            with transaction.atomic():
                spend(alice.pk, "ai_analysis")
                is_spent.set()
                time.sleep(0.3)
            return None
        is_spent.wait(timeout=20)
        return post_wallet(alice.pk)

    assert at_once(live, times=2) == [None, 2]
    assert remaining_of(alice) == [93]
    assert_books_are_right()


@pytest.mark.django_db(transaction=True)
def test_the_worker_passes_over_a_wallet_that_somebody_uses(alice, bob):
    for user in (alice, bob):
        make_lot(user, tokens=100)
        spend(user, "csv_import")
    Wallet.objects.update(unposted_since=F("unposted_since") - timedelta(minutes=2))
    is_locked, is_done = threading.Event(), threading.Event()

    def live(number):
        if number == 0:
            with transaction.atomic():
                lock_wallet(alice.pk)
                is_locked.set()
                return is_done.wait(timeout=20)
        is_locked.wait(timeout=20)
        posted = post_due()
        is_done.set()
        return posted

    assert at_once(live, times=2) == [True, True]
    assert (is_posted(alice), is_posted(bob)) == (False, True)
    assert post_due() is True
    assert is_posted(alice)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "read",
    [
        offered_cents,
        lambda purchase: preview(purchase, amount_cents=1000),
        lambda purchase: evidence_for(purchase).of_this_purchase,
        lambda purchase: usage_breakdown(purchase.user_id),
    ],
    ids="offer preview evidence breakdown".split(),
)
def test_a_read_says_the_same_if_all_is_posted_between_its_statements(alice, read):
    purchase = buy(alice.pk, "starter")
    spend_many(alice, [("data_export", {})] * 3)
    for after in range(4):
        spend(alice, "csv_import")
        asked: list[object] = []

        def post_in_between(execute, *query, after=after, asked=asked):
            answer = execute(*query)
            asked.append(query)
            if len(asked) == after + 1:
                assert at_once(lambda _: post_wallet(alice.pk), times=1) != [0]
            return answer

        right = read(Purchase.objects.get(pk=purchase.pk))
        with connection.execute_wrapper(post_in_between):
            assert read(Purchase.objects.get(pk=purchase.pk)) == right


@pytest.mark.django_db(transaction=True)
def test_eight_post_and_spend_at_once_and_every_usage_is_posted_once(alice):
    for _ in range(6):
        make_lot(alice, tokens=20, paid_cents=99)

    def live(number):
        for _ in range(8):
            spend(alice.pk, "csv_import") if number % 2 else post_wallet(alice.pk)

    assert at_once(live) == [None] * 8
    post_wallet(alice.pk)
    ranges = list(Posting.objects.order_by("first_number").values_list("first_number", "last_number"))
    assert [first for first, _ in ranges] == [1, *(last + 1 for _, last in ranges[:-1])]
    assert (ranges[-1][1], Posting.objects.aggregate(sum=Sum("tokens"))["sum"]) == (32, 64)
    assert sum(remaining_of(alice)) == 120 - 64
    assert_books_are_right()


@pytest.mark.django_db(transaction=True)
def test_spends_holds_refunds_posting_and_closing_at_once_leave_the_books_right(alice):
    purchases = [buy(alice.pk, "starter") for _ in range(3)]

    def live(number):
        for turn in range(3):
            if number == 0:
                refund(purchases[turn], 100)
            elif number == 1:
                capture(hold(alice.pk, "data_export"), tokens=1)
            elif number == 2:
                post_wallet(alice.pk)
            elif number == 3:
                close_hours()
            elif number == 4:
                spend_many(alice.pk, [("csv_import", {})] * 3)
            else:
                spend(alice.pk, "csv_import")

    assert at_once(live) == [None] * 8
    assert read_wallet(alice.pk).balance == 300 - 30 - 3 - 18 - 18
    assert_books_are_right()
