"""The statement as a page, a CSV file, and on paper."""

import csv
import io
from collections import defaultdict
from datetime import UTC, datetime

import pytest
import time_machine
from django.utils import timezone

from tokens.catalog import get_catalog
from tokens.models import Purchase
from tokens.pages.statement import Month
from tokens.purchases.lifecycle import simulate_token_purchase
from tokens.spending.holds import capture, hold, release
from tokens.spending.spends import spend
from tokens.staff.grants import grant
from tokens.testing.ledger_rows import buy
from tokens.testing.statements import assert_rows_add_up

pytestmark = pytest.mark.django_db

ADDRESS = "/tokens/statement"


def text_of(response):
    return " ".join(response.content.decode().split())


def rows_of(response):
    return list(csv.DictReader(io.StringIO(b"".join(response.streaming_content).decode())))


@pytest.fixture
def two_months(alice):
    """October: 500 bought, 2 spent; November: 5 spent."""
    with time_machine.travel(datetime(2026, 10, 31, 23, 50, tzinfo=UTC)):
        buy(alice.pk, "pro")
        for _ in range(2):
            spend(alice, "import_domain")
    with time_machine.travel(datetime(2026, 11, 1, 0, 0, tzinfo=UTC)):
        spend(alice, "ai_analysis")


@pytest.mark.parametrize("address", [ADDRESS, f"{ADDRESS}.csv", f"{ADDRESS}/print"])
def test_a_stranger_is_sent_to_sign_in(client, address):
    assert client.get(address)["Location"].startswith("/accounts/login/")


def test_the_closing_balance_of_a_month_is_the_opening_balance_of_the_next(alice_page, two_months):
    october, november = (alice_page.get(ADDRESS, {"month": f"2026-{month}"}).context for month in (10, 11))
    assert [october[name] for name in ("opening_balance", "change", "closing_balance")] == [0, 498, 498]
    assert [november[name] for name in ("opening_balance", "change", "closing_balance")] == [498, -5, 493]
    for month in (october, november):
        assert sum(group.tokens for group in month["groups"]) == month["change"]


def test_a_days_repeats_of_one_action_are_one_row_that_opens_and_leads_to_the_next_balance(alice_page, alice):
    simulate_token_purchase(alice.pk, "pro")
    for action in ("import_domain", "import_domain", "ai_analysis", "import_domain", "import_domain", "import_domain"):
        spend(alice, action, metadata={"domain": f"{action.replace('_', '-')}.com"})
    page = alice_page.get(ADDRESS)
    rows = page.context["groups"]
    assert [(row.is_folded, row.tokens, row.balance_after) for row in rows] == [
        (True, -3, 490),
        (False, -5, 493),  # which came between
        (True, -2, 498),
        (False, 500, 500),
    ]
    assert_rows_add_up(rows, opening=0, closing=490)
    assert text_of(page).count("<summary>Domain imports <span") == 2
    assert text_of(page).count("import-domain.com") == 5


def test_a_statement_of_one_type_says_that_its_figures_are_of_every_type(alice_page, alice):
    buy(alice.pk, "pro")
    spend(alice, "ai_analysis")
    page = alice_page.get(ADDRESS, {"kind": "release"})
    assert page.context["closing_balance"] == 495
    assert "count movements of every type. The list shows one type only: Hold returned." in text_of(page)
    assert "every type" not in text_of(alice_page.get(ADDRESS))


def test_a_fold_has_lines_of_one_state_only(alice_page, alice):
    simulate_token_purchase(alice.pk, "pro")
    for _ in range(2):
        spend(alice, "data_export")
        capture(hold(alice, "data_export"))
        release(hold(alice, "data_export"))
        hold(alice, "data_export")
    folds: dict[str, list[int]] = defaultdict(list)
    for group in alice_page.get(ADDRESS).context["groups"]:
        folds[group.what] += [line.tokens for line in group.lines]
    cost = get_catalog().cost("data_export").tokens
    assert folds == {
        "On hold: Data exports": [-cost] * 2,
        "Put on hold: Data exports": [-cost] * 2,
        "Returned: Data exports": [cost] * 2,
        "Data exports": [-cost] * 4,
        "Pro Pack: 500 tokens": [500],
    }
    assert text_of(alice_page.get(ADDRESS, {"kind": "spend"})).count("On hold: ") == 0


def test_what_follows_on_itself_shows_its_balance(alice_page, alice):
    simulate_token_purchase(alice.pk, "pro")
    for _ in range(3):
        spend(alice, "import_domain")
    assert [group.balance_after for group in alice_page.get(ADDRESS).context["groups"]] == [497, 500]


def test_a_long_month_has_older_pages(alice_page, alice, monkeypatch):
    monkeypatch.setattr("tokens.pages.statement.PAGE", 2)
    simulate_token_purchase(alice.pk, "pro")
    for _ in range(2):
        spend(alice, "import_domain")
    first = alice_page.get(ADDRESS)
    second = alice_page.get(ADDRESS + first.context["next_url"])
    lines = [line.tokens for page in (first, second) for group in page.context["groups"] for line in group.lines]
    assert (lines, second.context["next_url"]) == ([-1, -1, 500], None)


@pytest.mark.parametrize("month", ["2026-13", "abc", "1999-01", "2026-1", "２０２６-11", "9999-12"])
def test_an_unknown_month_is_named_with_the_way_to_the_statement(alice_page, month):
    for address in (ADDRESS, f"{ADDRESS}.csv", f"{ADDRESS}/print"):
        response = alice_page.get(address, {"month": month})
        assert response.status_code == 400
        assert f"Unknown month “{month}”. Use one from 2000 on, such as 2026-11." in text_of(response)
        assert f'href="{ADDRESS}">Go to your statement' in text_of(response)


def test_an_unknown_kind_is_named_with_those_there_are(alice_page):
    for address in (ADDRESS, f"{ADDRESS}.csv"):
        response = alice_page.get(address, {"kind": "zzz"})
        assert response.status_code == 400
        assert "Unknown kind of movement “zzz”. Use: purchase, membership, grant, " in text_of(response)
        assert f'href="{ADDRESS}">Go to your statement' in text_of(response)


def test_a_page_that_no_link_leads_to_is_a_400_that_says_so(alice_page):
    response = alice_page.get(ADDRESS, {"after": "1-2-3"})
    assert response.status_code == 400
    assert "Start again from the first page" in text_of(response)


def test_the_csv_file_has_every_line_and_adds_up(alice_page, alice, two_months):
    rows = rows_of(alice_page.get(f"{ADDRESS}.csv"))
    assert list(rows[0]) == "id at kind description tokens balance_after amount currency reference".split()
    assert sum(int(row["tokens"]) for row in rows) == int(rows[0]["balance_after"]) == 493
    assert rows[-1].items() >= {"amount": "40.00", "currency": "usd", "kind": "purchase"}.items()
    assert rows[0]["at"] == "2026-11-01T00:00:00+00:00"
    october = alice_page.get(f"{ADDRESS}.csv?month=2026-10")
    assert october["Content-Disposition"] == 'attachment; filename="statement-2026-10.csv"'
    assert len(rows_of(october)) == 3


def test_no_cell_of_the_csv_file_is_a_formula(alice_page, alice):
    grant(alice, tokens=5, reason="a gift", by=None)
    buy(alice.pk, "pro")
    Purchase.objects.update(description="=HYPERLINK(1)")
    assert "'=HYPERLINK(1)" in [row["description"] for row in rows_of(alice_page.get(f"{ADDRESS}.csv"))]


def test_the_printed_page_says_whose_it_is_and_from_whom(alice_page, alice, two_months, settings):
    settings.SHOP_ADDRESS, settings.SUPPORT_EMAIL = "Example Ltd; 1 High Street", "help@example.com"
    page = text_of(alice_page.get(f"{ADDRESS}/print?month=2026-10"))
    parties = ("Example Ltd", "1 High Street", "help@example.com", "alice")
    for said in ("Statement, October 2026", *parties, "$40.00", "498"):
        assert said in page


def test_a_printed_month_that_is_too_long_says_so(alice_page, two_months, monkeypatch):
    monkeypatch.setattr("tokens.pages.statement.MOST_PRINTED", 1)
    assert "more lines than fit here" in text_of(alice_page.get(f"{ADDRESS}/print?month=2026-10"))


def test_months_follow_one_another():
    assert (str(Month(2026, 12).next), str(Month(2026, 1).previous)) == ("2027-01", "2025-12")
    assert Month.of(timezone.now()).until > timezone.now()


@pytest.mark.breaks_the_books
def test_the_balance_card_says_what_expires_and_what_is_on_the_way(alice_page, alice):
    at = datetime(2036, 12, 24, 10, tzinfo=UTC)
    for tokens, hour in ((20, 10), (3, 22)):
        grant(alice, tokens=tokens, reason="a gift", by=None, expires_at=at.replace(hour=hour))
    grant(alice, tokens=50, reason="a gift", by=None, expires_at=at.replace(year=2037))
    spend(alice, "ai_analysis")  # which takes from what expires first
    pending = buy(alice.pk, "starter")
    assert "on the way" not in text_of(alice_page.get("/tokens/"))
    Purchase.objects.filter(pk=pending.pk).update(
        status="processing", completed_at=None, paid_cents=None, processing_at=timezone.now()
    )
    page = text_of(alice_page.get("/tokens/"))
    assert '18 expire on <time datetime="2036-12-24T10:00:00+00:00">Dec 24, 2036</time>' in page
    assert "100 on the way" in page
