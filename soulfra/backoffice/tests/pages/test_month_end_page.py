"""The month-end page and its file say what the command says."""

import io
import re

import pytest
import time_machine
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tokens.models import LedgerEntry
from tokens.purchases.lifecycle import simulate_token_purchase
from tokens.reports.month_end import month_end
from tokens.spending.spends import spend
from tokens.testing.ledger_rows import post

pytestmark = pytest.mark.django_db

PAGE = "/admin/month-end/"


@pytest.fixture
def march_and_april(alice):
    with time_machine.travel("2026-03-15T12:00Z", tick=False):
        simulate_token_purchase(alice.pk, "pro")
    with time_machine.travel("2026-04-02T12:00Z", tick=False):
        spend(alice, "ai_analysis")
        post(alice)


@pytest.mark.parametrize("month", ["2026-02", "2026-03", "2026-04"])
def test_the_file_is_the_very_one_that_the_command_prints(office, march_and_april, month):
    printed = io.StringIO()
    call_command("month_end", month, stdout=printed)
    answer = office.get(PAGE, {"month": month, "format": "csv"})
    assert answer.content.decode() == printed.getvalue()
    assert answer["Content-Disposition"] == f'attachment; filename="month-end-{month}.csv"'
    assert answer["Content-Type"] == "text/csv; charset=utf-8"


def test_the_page_shows_every_line_in_tokens_and_in_money(office, march_and_april):
    page = office.get(PAGE, {"month": "2026-04"}).content.decode()
    rows = re.findall(r'<th scope="row">(.*?)</th>\s*<td[^>]*>(.*?)</td>\s*<td[^>]*>(.*?)</td>', page)
    assert [row for row in rows if row[1] != "0"] == [
        ("Opening", "500", "$40.00"),
        ("Recognised (used)", "-5", "-$0.40"),
        ("Closing", "495", "$39.60"),
    ]
    assert [name for name, *_ in rows] == list(month_end(2026, 4)[0].lines)
    assert "don't add up" not in page


@pytest.mark.breaks_the_books
def test_a_report_that_does_not_add_up_says_so(office, march_and_april, monkeypatch):
    monkeypatch.setattr("tokens.reports.month_end.movement_sums", lambda start, end, by: {})
    assert "don't add up" in office.get(PAGE, {"month": "2026-04"}).content.decode()


def test_months_go_from_this_one_back_to_the_first_with_an_entry(office, march_and_april):
    with time_machine.travel("2026-05-20T12:00Z", tick=False):
        page = office.get(PAGE).content.decode()
        assert re.findall(r'<option value="(.*?)"', page) == ["2026-05", "2026-04", "2026-03"]
        assert re.search(r'value="2026-05"\s+selected', page)
        assert "month still open" in page
        assert "month still open" not in office.get(PAGE, {"month": "2026-04"}).content.decode()


@pytest.mark.breaks_the_books
def test_a_shop_without_entries_has_a_page(office):
    assert not LedgerEntry.objects.exists()
    assert "No token activity" in office.get(PAGE).content.decode()


@pytest.mark.parametrize("month", ["2026-13", "november", "0000-01", "2026-1", "9999-12", "２０２６-01"])
def test_what_is_no_month_is_not_found(office, month):
    assert office.get(PAGE, {"month": month}).status_code == 404


def test_it_is_for_those_who_may_see_reports(client, clerk, alice, march_and_april):
    client.force_login(clerk)
    for query in ({}, {"format": "csv"}, {"month": "x"}):
        assert client.get(PAGE, query).status_code == 403
    client.force_login(alice)
    assert client.get(PAGE).status_code == 302
    client.logout()
    assert client.get(PAGE).status_code == 302


def test_it_only_reads(office, march_and_april):
    assert office.post(PAGE).status_code == 405


def test_it_takes_as_many_statements_with_one_customer_as_with_three(office, alice, bob, staff):
    counts = []
    for user in (alice, bob, staff):
        simulate_token_purchase(user.pk, "pro")
        with CaptureQueriesContext(connection) as statements:
            office.get(PAGE)
        counts.append(len(statements))
    assert counts[0] == counts[2]
