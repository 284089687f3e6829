"""What was spent over time: sums of any period equal its spends, by API and on the page; the list is filtered alike."""

import csv
import io
from datetime import UTC, datetime, timedelta
from itertools import pairwise, product

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts import api_keys
from tokens.models import DailyTotal, TokenUsage
from tokens.pages.charts import Column, chart_of
from tokens.purchases.lifecycle import simulate_token_purchase
from tokens.reports.spends_list import page_of_spends, spends_in
from tokens.reports.usage_over_time import Asked, spent_over_time
from tokens.spending.holds import capture, hold, release
from tokens.spending.spends import spend, spend_once
from tokens.testing.ledger_rows import post

pytestmark = pytest.mark.django_db

MONDAY = datetime(2026, 11, 2, tzinfo=UTC)
LIST, SUMMARY, PAGE = "/api/tokens/usage", "/api/tokens/usage/summary", "/tokens/usage"


def at(days, hours=0, minutes=0):
    return MONDAY + timedelta(days=days, hours=hours, minutes=minutes)


@pytest.fixture
def busy(alice):
    """Spends on four days, with and without a key; a hold captured two days later, one released; some of it posted."""
    key = api_keys.issue(alice, name="build server")[0]
    calling = api_keys.CallingKey(key.pk)
    held: list[TokenUsage] = []
    with time_machine.travel(at(0)) as clock:
        simulate_token_purchase(alice.pk, "pro")
        for days, hours, minutes in [(0, 0, 0), (0, 23, 59), (1, 0, 0), (1, 12, 30), (3, 1, 1), (8, 5, 0)]:
            if days == 8:
                clock.move_to(at(3, 12))
                capture(held[0], tokens=6)
                release(held[1])
            clock.move_to(at(days, hours, minutes))
            spend(alice, "import_domain")
            spend_once(alice.pk, "ai_analysis", api_key=calling)
            if days == 1:
                held.append(
                    hold(
                        alice,
                        "data_export",
                        tokens=7,
                        expires_in=timedelta(days=6),
                        api_key=calling,
                    )
                )
        clock.move_to(at(8, 6))
        spend(alice, "data_export")  # which nobody has posted
    return key


def by_hand(user, since, until, by):
    """The sums, from one usage after the other."""
    sums: dict[tuple[str, ...], tuple[int, int]] = {}
    for usage in TokenUsage.objects.for_user(user.pk).spent():
        counts_at = usage.ended_at or usage.created_at
        if (since or MONDAY) <= counts_at and (until is None or counts_at < until):
            names = {"day": f"{counts_at:%Y-%m-%d}", "action": usage.action, "key": str(usage.api_key or 0)}
            key = tuple(names[name] for name in by)
            tokens, times = sums.get(key, (0, 0))
            sums[key] = tokens + usage.tokens_spent, times + usage.quantity
    return [(key, *sums[key]) for key in sorted(sums)]


MOMENTS = [
    None,
    at(0),
    at(0, 12),
    at(0, 23, 59),
    at(1),
    at(1, 12, 30),
    at(1, 12, 31),
    at(3),
    at(3, 12, 1),
    at(8, 5),
    at(9),
]


@pytest.mark.parametrize("is_posted", [True, False])
@pytest.mark.parametrize("by", [("day",), ("action",), ("key",), ("day", "action")])
def test_any_period_adds_up_to_its_spends(alice, busy, by, is_posted):
    if is_posted:
        post(alice)
    for first, since in enumerate(MOMENTS):
        for until in [None, *(moment for moment in MOMENTS[first:] if moment)]:
            asked = Asked(since=since, until=until)
            assert spent_over_time(alice.pk, asked, by) == by_hand(alice, since, until, by), (since, until)


@pytest.mark.breaks_the_books
def test_full_days_come_from_the_daily_totals(alice, busy):
    post(alice)
    DailyTotal.objects.filter(day="2026-11-03", action="import_domain").update(tokens=1000)
    sums = spent_over_time(alice.pk, Asked(since=at(1), until=at(2), action="import_domain"), ("day",))
    assert sums == [(("2026-11-03",), 1000, 2)]


def test_the_summary_by_day_action_and_key(api, alice, busy):
    client = api(alice)
    by_key = client.get(SUMMARY, {"by": "key"}).json()
    assert by_key == {
        "summary": [
            {"key": busy.pk, "name": "build server", "tokens": 36, "count": 7},
            {"key": None, "name": None, "tokens": 16, "count": 7},
        ],
        "tokens": 52,
        "count": 14,
    }
    by_action = client.get(SUMMARY, {"by": "action", "until": "2026-11-03T00:00:00Z"}).json()
    assert by_action["summary"] == [
        {"action": "ai_analysis", "name": "Analyses", "tokens": 10, "count": 2},
        {"action": "import_domain", "name": "Domain imports", "tokens": 2, "count": 2},
    ]
    by_day = client.get(SUMMARY, {"since": "2026-11-10T00:00:00Z"}).json()
    assert by_day == {"summary": [{"day": "2026-11-10", "tokens": 16, "count": 3}], "tokens": 16, "count": 3}


def test_the_summary_of_nothing_is_empty(api, bob, busy):
    for by in ("day", "action", "key"):
        assert api(bob).get(SUMMARY, {"by": by}).json() == {"summary": [], "tokens": 0, "count": 0}


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ({}, 14),
        ({"since": at(1).isoformat()}, 10),
        ({"until": at(1).isoformat()}, 4),
        ({"since": at(1).isoformat(), "until": at(3).isoformat()}, 5),
        ({"action": "import_domain"}, 6),
        ({"key": "0"}, 7),
        ({"action": "ai_analysis", "until": at(0, 23, 59).isoformat()}, 1),
        ({"since": at(30).isoformat()}, 0),
    ],
)
def test_the_list_is_filtered(api, alice, busy, query, numbers):
    client, found, address = api(alice), [], f"{LIST}?limit=4"
    body = client.get(address, query).json()
    while True:
        found += [row["id"] for row in body["usage"]]
        if not body["next"]:
            break
        body = client.get(body["next"]).json()
    assert len(found) == numbers
    assert all(newer > older for newer, older in pairwise(found))


def test_the_list_of_one_key_has_what_that_key_spent(api, alice, busy):
    rows = api(alice).get(LIST, {"key": busy.pk}).json()["usage"]
    assert {row["action"] for row in rows} == {"ai_analysis", "data_export"}
    assert len(rows) == 7


@pytest.mark.parametrize("is_posted", [True, False])
@pytest.mark.parametrize("newest", [0, 3, 5000])
def test_pages_found_by_their_days_are_those_of_a_search_through_everything(
    alice, busy, monkeypatch, newest, is_posted
):
    monkeypatch.setattr("tokens.reports.spends_list.NEWEST", newest)
    if is_posted:
        post(alice)
    periods = [(None, None), (at(1), None), (None, at(3)), (at(1, 1), at(8, 5)), (at(2), at(3))]
    chosen = [("ai_analysis", None), ("data_export", None), (None, busy.pk), ("data_export", busy.pk), (None, 0)]
    for (since, until), (action, key), limit in product(periods, chosen, (1, 3, 50)):
        asked, before = Asked(since, until, action, key), None
        expected = list(spends_in(alice.pk, asked).order_by("-number").values_list("number", flat=True))
        found = []
        while page := list(page_of_spends(alice.pk, asked, before=before, limit=limit).order_by("-number")):
            found += [usage.number for usage in page]
            before = found[-1]
        assert found == expected, (asked, limit)


def test_a_sparse_action_in_a_long_history_is_found_without_looking_through_it(alice, busy, monkeypatch):
    """Only the days that have it are searched, by the day."""
    post(alice)
    monkeypatch.setattr("tokens.reports.spends_list.NEWEST", 0)
    with CaptureQueriesContext(connection) as asked:
        page = list(page_of_spends(alice.pk, Asked(action="data_export"), before=None, limit=50))
    assert sorted(usage.tokens_spent for usage in page) == [6, 10]
    searches = [query for query in asked.captured_queries if '"token_usage"."number" >' in query["sql"]]
    assert len(searches) == 1 + 2  # the newest, and the two days


@pytest.mark.parametrize(
    ("address", "query", "said"),
    [
        (LIST, {"action": "dance"}, "Unknown action “dance”. Use: import_domain"),
        (LIST, {"key": "-1"}, "Must be a whole number from 0"),
        (LIST, {"since": "yesterday"}, "RFC 3339"),
        (LIST, {"by": "day"}, "Unknown query parameter"),
        (LIST, {"action": ""}, "Must be the key of an action, such as “import_domain”."),
        (LIST, {"key": "", "since": ""}, "Must be a time such as"),
        (SUMMARY, {"until": ""}, "Must be a time such as"),
        (SUMMARY, {"by": "year"}, "Must be one of: day, action, key."),
        (SUMMARY, {"action": "import_domain"}, "Unknown query parameter. Use: since, until, by."),
        (SUMMARY, {"since": "2026-11-02T00:00:00Z", "until": "2026-11-01T00:00:00Z"}, "after “since”"),
    ],
)
def test_what_they_do_not_take_is_a_400_that_says_so(api, alice, address, query, said):
    response = api(alice).get(address, query)
    assert response.status_code == 400
    assert said in str(response.json())


# --- the page


def text_of(response):
    return " ".join(response.content.decode().split())


def test_the_page_has_a_chart_with_a_table_of_the_same_figures(alice_page, busy):
    page = alice_page.get(PAGE, {"first": "2026-11-02", "last": "2026-11-10"})
    figures = page.context["figures"]
    assert [period.tokens for period in figures.periods] == [12, 12, 0, 12, 0, 0, 0, 0, 16]
    assert {row["label"]: row["tokens"] for row in figures.actions} == {
        "Analyses": 30,
        "Data exports": 16,
        "Domain imports": 6,
    }
    text = text_of(page)
    assert text.count("<rect ") == 10
    assert "<title>Nov 10, Data exports: 10 tokens</title>" in text


@pytest.mark.parametrize(("by", "expected"), [("week", [36, 16]), ("month", [52])])
def test_the_chart_adds_up_weeks_from_mondays_and_months(alice_page, busy, by, expected):
    page = alice_page.get(PAGE, {"first": "2026-11-02", "last": "2026-11-10", "by": by})
    assert [period.tokens for period in page.context["figures"].periods] == expected


def test_a_long_time_is_shown_in_larger_steps(alice_page, busy):
    page = alice_page.get(PAGE, {"first": "2026-01-01", "last": "2026-11-30", "by": "day"})
    assert page.context["figures"].step == "week"
    page = alice_page.get(PAGE, {"first": "2000-01-01", "last": "2099-12-31", "by": "day"})
    assert (page.context["figures"].step, page.context["figures"].tokens) == ("month", 52)


def test_the_page_is_filtered_by_action_and_key_and_so_is_its_list(alice_page, alice, busy):
    page = alice_page.get(PAGE, {"action": "data_export", "key": busy.pk, "first": "2026-11-01", "last": "2026-11-30"})
    assert page.context["figures"].tokens == 6
    assert [usage.tokens_spent for usage in page.context["usages"]] == [6]
    rows = csv.DictReader(io.StringIO(b"".join(alice_page.get(f"{PAGE}.csv?key=0").streaming_content).decode()))
    assert [(row["action"], row["tokens"]) for row in rows][:2] == [("data_export", "10"), ("import_domain", "1")]


@pytest.mark.parametrize(
    ("query", "label", "said"),
    [
        ("first=yesterday", "From", "Enter a valid date."),
        ("first=2026-11-02&last=2026-11-01", "To", "Choose a date on or after “From”."),
        ("first=1999-12-31", "From", "Enter a date from 2000 to 2099."),
        ("last=9999-12-31", "To", "Enter a date from 2000 to 2099."),
        ("by=year", "By", "Select a valid choice. year is not one of the available choices."),
        ("action=dance", "Action", "Select a valid choice."),
        ("key=999999", "API key", "Select a valid choice."),
        ("last=today&key=x", "To", "Enter a valid date. API key: Select a valid choice."),
    ],
)
def test_a_filter_that_cannot_be_is_said_beside_its_field_and_by_the_file(alice_page, busy, query, label, said):
    response = alice_page.get(f"{PAGE}?{query}")
    assert response.status_code == 400
    assert said.partition(" API key:")[0] in text_of(response)
    file = alice_page.get(f"{PAGE}.csv?{query}")
    assert file.status_code == 400
    assert f"{label}: {said}" in text_of(file)
    assert f'href="{PAGE}">Go to your usage' in text_of(file)


def test_nothing_spent_yet(alice_page):
    for query in ("", "?first=&last=&by=day&action=&key="):
        page = text_of(alice_page.get(f"{PAGE}{query}"))
        assert "No tokens spent yet" in page
        assert "Nothing matches" not in page
    assert "Nothing matches" in text_of(alice_page.get(f"{PAGE}?first=&action=import_domain"))


def test_a_chart_reaches_as_high_as_its_highest_column():
    chart = chart_of([Column("one", [3, 0]), Column("two", [30, 11])], ["a", "b"])
    assert [label for _, label in chart.grid] == ["0", "20", "40", "60", "80"]
    of_one, of_two, above = chart.bars
    assert of_two.height == pytest.approx(10 * of_one.height, abs=0.1)
    assert above.y + above.height == pytest.approx(of_two.y, abs=0.1)
    assert chart.grid[-1][0] <= above.y < chart.grid[0][0]
    assert chart_of([], []).bars == []
