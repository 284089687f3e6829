"""The daily check of the ledger: every user and hour, a slice at a time, from where the last worker left it."""

import logging
from datetime import timedelta

import pytest
from django.db import connection
from django.db.models import F
from django.utils import timezone

from devtools.testing.factories import UserFactory
from tokens import jobs
from tokens.ledger.whose import Users
from tokens.models import Books, HourClosing, LedgerCheck, LedgerEntry, Lot, TokenUsage, UsageTotal, Wallet
from tokens.reports import audit, ledger_check
from tokens.reports.audit_hours import hours_say_what_their_entries_say
from tokens.reports.closed_hours import close_hours, stored_until
from tokens.reports.ledger_check import check_slice, known
from tokens.spending.spends import spend
from tokens.testing.ledger_rows import buy, post
from tokens.testing.planting import unguarded

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def customers():
    """Five who have each bought 500 tokens and spent five, posted."""
    users = [UserFactory.create() for _ in range(5)]
    for user in users:
        buy(user.pk, "pro")
        spend(user, "ai_analysis")
        post(user)
    return users


def slices(most=100):
    """Work slices as a worker does, without its pauses; how many there were."""
    for number in range(most):
        LedgerCheck.objects.update(next_at=timezone.now())
        if not check_slice():
            return number
    return most


def in_the_past(hours):
    with unguarded("ledger_entries"):
        LedgerEntry.objects.update(hour=F("hour") - hours * HOUR)


def test_right_books_are_seen_once_and_said_to_be_correct(customers, caplog):
    caplog.set_level(logging.INFO)
    slices()
    check = LedgerCheck.objects.get()
    assert known().last == check
    assert (check.wallets, check.balances, check.in_lots, check.findings, check.report) == (5, 2475, 2475, 0, "")
    assert "Ledger check: the ledger is correct." in caplog.messages
    assert not check_slice()


def test_the_sums_count_what_is_not_posted_and_what_is_owed(customers):
    spend(customers[0], "ai_analysis")
    slices()
    check = LedgerCheck.objects.get()
    assert (check.balances, check.in_lots) == (2470, 2470)


def test_a_day_later_it_begins_anew(customers):
    slices()
    begun = timezone.now() - ledger_check.EVERY
    LedgerCheck.objects.update(started_at=begun + timedelta(minutes=1))
    assert slices() == 0
    LedgerCheck.objects.update(started_at=begun)
    assert slices() > 0
    assert LedgerCheck.objects.count() == 2


@pytest.mark.parametrize("of", ["USERS_AT_ONCE", "USAGES_AT_ONCE"])
def test_slices_are_small_and_a_new_worker_goes_on_where_the_last_one_stopped(customers, monkeypatch, of):
    monkeypatch.setattr(ledger_check, of, {"USERS_AT_ONCE": 2, "USAGES_AT_ONCE": 1}[of])
    seen: list[Users] = []

    def look(users):
        seen.append(users)
        return []

    monkeypatch.setattr(ledger_check, "audit_of", look)
    assert slices(2) == 2
    half = LedgerCheck.objects.get()
    assert half.finished_at is None
    slices()
    assert [users.after for users in seen[1:]] == [users.until for users in seen[:-1]]
    assert (seen[0].after, seen[-1].until) == (0, None)
    assert len(seen) == {"USERS_AT_ONCE": 3, "USAGES_AT_ONCE": 5}[of]
    assert LedgerCheck.objects.get().wallets == 5


@pytest.mark.breaks_the_books
def test_what_is_wrong_is_found_in_its_slice_and_known_at_once(customers, monkeypatch, caplog):
    monkeypatch.setattr(ledger_check, "USERS_AT_ONCE", 2)
    Wallet.objects.filter(pk=customers[1].pk).update(balance=7)
    assert slices(1) == 1
    check = LedgerCheck.objects.get()
    found = [line for line in audit.audit() if "balance 7" in line]
    assert check.report.splitlines() == found
    assert (check.findings, known().findings, check.finished_at) == (1, 1, None)
    assert f"Ledger check: {found[0]}" in caplog.messages
    slices()
    assert (known().findings, LedgerCheck.objects.get().findings) == (1, 1)


@pytest.mark.breaks_the_books
def test_slices_find_together_what_the_whole_audit_finds(customers, monkeypatch):
    close = [user.pk for user in customers]
    Wallet.objects.filter(pk=close[0]).update(balance=7)
    Wallet.objects.filter(pk=close[4]).update(held=3)
    Lot.objects.filter(wallet=close[2]).update(remaining=1)
    UsageTotal.objects.filter(user=close[3]).update(tokens=9)
    with unguarded("token_usage"):
        TokenUsage.objects.filter(user=close[1]).update(balance_after=77)
    with unguarded("ledger_entries"):
        LedgerEntry.objects.filter(wallet=close[1], kind="spend").update(worth_cents=-1)
    in_the_past(3)
    close_hours()
    HourClosing.objects.update(tokens=1)
    Books.objects.update(closed_until=timezone.now() - 10 * HOUR)
    monkeypatch.setattr(ledger_check, "USERS_AT_ONCE", 2)
    slices()
    assert len(audit.audit()) >= 8
    assert sorted(LedgerCheck.objects.get().report.splitlines()) == sorted(audit.audit())


def test_every_rule_looks_at_the_users_it_is_asked_for_and_at_no_others(customers):
    """Of a user among five no statement reads without saying whose rows it wants."""
    statements = []

    def watch(execute, sql, params, many, context):
        statements.append((sql, params))
        return execute(sql, params, many, context)

    users = Users(customers[1].pk, customers[2].pk)
    with connection.execute_wrapper(watch):
        assert audit.audit_of(users) == []
    assert len(statements) >= len(audit.OF_USERS)
    for sql, params in statements:
        said = f"{sql} {params}"
        assert str(users.after) in said, sql
        assert str(users.until) in said, sql


@pytest.mark.breaks_the_books
def test_hours_are_looked_at_a_few_at_a_time_from_the_closing_before(customers, monkeypatch):
    in_the_past(50)
    close_hours(steps=100)
    until = stored_until()
    assert until
    for hours in (3, 7):
        start = until - hours * HOUR
        assert list(hours_say_what_their_entries_say(start, until)) == []
    HourClosing.objects.filter(hour=until - 5 * HOUR).update(tokens=1)
    wrong = list(hours_say_what_their_entries_say(until - 7 * HOUR, until - 4 * HOUR))
    assert len(wrong) == 1
    assert "1 tokens worth" in wrong[0]
    HourClosing.objects.filter(hour=until - 5 * HOUR).delete()
    assert "no closing is stored" in "".join(hours_say_what_their_entries_say(until - 7 * HOUR, until - 4 * HOUR))


def test_one_worker_has_a_slice_and_another_takes_it_over_when_that_one_died(customers):
    first = ledger_check._taken()
    assert ledger_check._taken() is None
    LedgerCheck.objects.update(next_at=timezone.now() - timedelta(seconds=1))  # the lease is over
    second = ledger_check._taken()
    assert first
    assert second
    ledger_check._note(second, [], users_until=5)
    ledger_check._note(first, ["found by one that was given up"], users_until=5)
    check = LedgerCheck.objects.get()
    assert (check.users_until, check.findings) == (5, 0)


def test_a_slice_is_followed_by_a_pause(customers):
    before = timezone.now()
    assert check_slice()
    assert LedgerCheck.objects.get().next_at > before
    LedgerCheck.objects.update(next_at=timezone.now() + timedelta(seconds=5))
    assert not check_slice()


@pytest.mark.breaks_the_books
def test_what_only_one_look_finds_is_no_finding(customers, monkeypatch):
    looks = iter([["moved on meanwhile", "stays"], ["stays", "new"]])
    assert ledger_check._seen_twice(lambda: next(looks)) == ["stays"]


def test_the_report_has_a_hundred_lines_at_most_and_the_count_has_all(customers, monkeypatch):
    monkeypatch.setattr(ledger_check, "audit_of", lambda users: [f"Wrong {number}." for number in range(250)])
    slices()
    check = LedgerCheck.objects.get()
    assert (len(check.report.splitlines()), check.findings) == (100, 250)


def test_the_worker_and_every_sweep_look_for_it():
    assert "slices of the ledger checked" in jobs._kinds
    assert jobs.run_due()["slices of the ledger checked"] >= 1
