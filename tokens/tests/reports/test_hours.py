"""Closed hours: stored once, when nothing in them can change, and always what their entries say."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tokens.ledger import hours, lots
from tokens.models import Books, HourClosing, HourlyTotal, LedgerEntry
from tokens.reports import closed_hours
from tokens.reports.audit import audit
from tokens.reports.closed_hours import close_hours, open_again, stored_until
from tokens.reports.dashboard import figures, liabilities, period_of
from tokens.reports.month_end import month_end, report
from tokens.reports.movements import movements
from tokens.spending.holds import capture, hold
from tokens.spending.spends import spend
from tokens.staff.grants import grant
from tokens.sweep import sweep
from tokens.testing.ledger_rows import make_lot, post
from tokens.testing.races import at_once

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def at(text):
    return time_machine.travel(datetime.fromisoformat(f"{text}+00:00"), tick=False)


def stored():
    return list(HourlyTotal.objects.order_by("hour", "movement").values_list("hour__hour", "movement", "tokens"))


@pytest.fixture
def morning(alice):
    """A lot of 20 tokens at nine, ten of them spent at half past ten, and five held until eleven."""
    with at("2026-03-31T09:00:00"):
        make_lot(alice, tokens=20, paid_cents=2000)
    with at("2026-03-31T10:30:00"):
        spend(alice, "data_export")
        held = hold(alice, "ai_analysis")
    with at("2026-03-31T11:00:00"):
        capture(held, tokens=2)


def test_each_hour_has_what_moved_in_it_and_what_was_owed_at_its_end(morning):
    with at("2026-03-31T13:30:00"):
        assert close_hours() == 4
    assert stored() == [
        (9, "sold", 20),
        (10, "consumed", -10),
        (10, "held", -5),
        (11, "consumed", -2),
        (11, "held", 5),
    ]
    assert list(HourClosing.objects.order_by("hour").values_list("hour__hour", "tokens", "worth_cents")) == [
        (9, 20, 2000),
        (10, 5, 500),
        (11, 8, 800),
        (12, 8, 800),
    ]
    assert set(HourlyTotal.objects.values_list("day", flat=True)) == {date(2026, 3, 31)}


def test_an_hour_stays_open_for_ten_minutes_for_what_is_still_being_written(alice):
    with at("2026-03-31T09:00:00"):
        make_lot(alice, tokens=20)
    with at("2026-03-31T10:09:59"):
        assert close_hours() == 0
    with at("2026-03-31T09:59:59"):
        spend(alice, "data_export")
    with at("2026-03-31T10:09:59"):
        post(alice)
    with at("2026-03-31T10:10:00"):
        assert close_hours() == 1
    assert stored() == [(9, "consumed", -10), (9, "sold", 20)]


def test_closing_again_stores_nothing_and_goes_on_over_hours_without_movement(morning):
    with at("2026-03-31T14:10:00"):
        assert [close_hours(), close_hours()] == [5, 0]
    rows = stored()
    with at("2026-04-02T14:10:00"):
        assert [sweep()["hours closed"] for _ in range(2)] == [48, 0]
    assert stored() == rows
    assert stored_until() == datetime(2026, 4, 2, 14, tzinfo=UTC)


def test_a_late_sweep_catches_up_in_bounded_steps_and_stores_the_same(morning, alice, monkeypatch):
    with at("2026-04-03T10:00:00"):
        spend(alice, "import_domain")
    with at("2026-04-05T10:10:00"):
        close_hours()
        at_a_stroke = everything()
        open_again()
        monkeypatch.setattr(closed_hours, "HOURS_AT_ONCE", 7)
        monkeypatch.setattr(closed_hours, "ENTRIES_AT_ONCE", 2)
        assert close_hours(steps=2) <= 14
        assert audit() == []
        while close_hours(steps=1):
            assert audit() == []
        assert everything() == at_a_stroke


def everything():
    totals = HourlyTotal.objects.order_by("hour", "currency", "movement").values_list(
        "hour", "day", "currency", "movement", "tokens", "worth_cents"
    )
    closings = HourClosing.objects.order_by("hour", "currency").values_list("hour", "currency", "tokens", "worth_cents")
    return list(totals), list(closings)


def test_what_is_spent_while_hours_are_closed_counts_in_the_first_open_one(morning, alice, monkeypatch):
    def spend_and_post_meanwhile(*arguments):
        with at("2026-03-31T13:59:59"):
            spend(alice, "import_domain")
            post(alice)
        return movements(*arguments)

    monkeypatch.setattr(closed_hours, "movements", spend_and_post_meanwhile)
    with at("2026-03-31T14:10:00"):
        close_hours(steps=1)
        assert audit() == []
        (found,) = month_end(2026, 3)
        assert (found.movements["consumed"].tokens, found.closing.tokens) == (-13, 7)
    monkeypatch.undo()
    with at("2026-03-31T15:10:00"):
        close_hours(steps=1)
        assert stored()[-1] == (14, "consumed", -1)


@pytest.mark.django_db(transaction=True)
def test_two_sweeps_at_once_store_each_hour_once(alice):
    with at("2026-03-31T09:00:00"):
        make_lot(alice, tokens=20, paid_cents=2000)
    with at("2026-04-09T09:10:00"):
        done = at_once(lambda _: close_hours(), times=4)
    assert sum(done) == 9 * 24
    assert HourClosing.objects.count() == 9 * 24
    assert stored() == [(9, "sold", 20)]


def test_reports_read_the_stored_hours_and_scan_only_what_is_behind_them(morning, alice):
    """So a stored hour that is wrong shows in the report: it was read."""
    with at("2026-03-31T20:10:00"):
        close_hours()
        spend(alice, "import_domain")
        post(alice)
        right = month_end(2026, 3), figures(period_of(7)).tokens, figures(period_of(1)).tokens, liabilities()
        HourlyTotal.objects.filter(movement="sold").update(tokens=21)
        HourClosing.objects.update(tokens=9)
        wrong = month_end(2026, 3), figures(period_of(7)).tokens, figures(period_of(1)).tokens, liabilities()
        assert (right[0][0].closing.tokens, right[0][0].movements["consumed"].tokens) == (7, -13)
        assert (wrong[0][0].closing.tokens, wrong[0][0].movements["sold"].tokens) == (8, 21)
        assert (right[1].sold, wrong[1].sold, right[2].sold, wrong[2].sold) == (20, 21, 20, 21)
        assert (right[3][0].tokens, wrong[3][0].tokens) == (7, 8)
        open_again()
        assert (month_end(2026, 3), figures(period_of(7)).tokens, figures(period_of(1)).tokens, liabilities()) == right


def test_parts_of_hours_are_scanned(morning):
    with at("2026-03-31T20:10:00"):
        close_hours()
    (found,) = report(datetime(2026, 3, 31, 9, 30, tzinfo=UTC), datetime(2026, 3, 31, 10, 45, tzinfo=UTC))
    assert (found.opening.tokens, found.closing.tokens) == (20, 5)
    assert {name: amount.tokens for name, amount in found.movements.items() if amount.tokens} == {
        "consumed": -10,
        "held": -5,
    }


@pytest.mark.breaks_the_books
@pytest.mark.parametrize(
    ("break_it", "says"),
    [
        (lambda: HourlyTotal.objects.filter(movement="sold").update(tokens=21), "21 tokens worth 2000 usd are stored"),
        (lambda: HourlyTotal.objects.filter(movement="sold").update(worth_cents=1), "20 tokens worth 1 usd are stored"),
        (lambda: HourlyTotal.objects.filter(movement="sold").delete(), "0 tokens worth 0 usd are stored as sold"),
        (lambda: HourlyTotal.objects.update(day="2026-03-30"), "its day is stored as 2026-03-30"),
        (lambda: HourClosing.objects.filter(hour__hour=10).update(tokens=6), "6 tokens worth 500 usd are stored"),
        (lambda: HourClosing.objects.filter(hour__hour=10).delete(), "no closing is stored for usd"),
        (lambda: Books.objects.update(closed_until=None), "stored up to 2026-03-31 13:00, but entries may still count"),
        (lambda: Books.objects.update(closed_until="2026-03-31T12:00Z"), "stored up to 2026-03-31 13:00, but entries"),
        (lambda: HourClosing.objects.all().delete(), "is stored, but no hour is closed"),
        (lambda: HourClosing.objects.filter(hour__hour=12).update(currency="jpy"), "a closing is stored for jpy"),
    ],
)
def test_a_stored_hour_that_is_wrong_is_named(morning, break_it, says):
    with at("2026-03-31T13:30:00"):
        close_hours()
    assert audit() == []
    break_it()
    assert any(says in finding for finding in audit())


def test_an_entry_that_comes_after_its_hour_was_closed_counts_in_the_first_open_one(morning, alice):
    with at("2026-03-31T13:30:00"):
        close_hours()
    with at("2026-03-31T12:59:00"):
        spend(alice, "import_domain")
        post(alice)
    assert LedgerEntry.objects.latest("pk").hour == datetime(2026, 3, 31, 13, tzinfo=UTC)
    with at("2026-03-31T14:10:00"):
        assert close_hours() == 1
    assert stored()[-1] == (13, "consumed", -1)


@pytest.mark.breaks_the_books
def test_an_entry_that_got_into_a_closed_hour_is_named_and_closing_again_repairs_it(morning, alice, monkeypatch):
    with at("2026-03-31T13:30:00"):
        close_hours()
    with at("2026-03-31T12:59:00"), monkeypatch.context() as without:
        without.setattr(lots, "open_hour", lambda wallet, moment: hours.start_of_hour(moment))
        grant(alice, tokens=1, reason="late", by=None)
    assert ["2026-03-31 12:00" in finding for finding in audit()] == [True, True]
    with at("2026-03-31T13:30:00"):
        open_again()
        assert close_hours() == 4
    assert audit() == []


@pytest.mark.skipif("connection.vendor != 'sqlite'", reason="its plans do not depend on statistics")
def test_captured_holds_of_a_time_are_found_by_their_index_however_many_entries_there_are():
    """Without it every lot was looked through, which took a second with a million of them."""
    start = datetime(2026, 3, 31, tzinfo=UTC)
    with CaptureQueriesContext(connection) as asked:
        movements(start, start + HOUR)
    [captured] = [query["sql"] for query in asked if "ended_at" in query["sql"]]
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {captured}")
        assert "usage_captured" in str(cursor.fetchall())
