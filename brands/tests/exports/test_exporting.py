"""Exports: built whole, then charged, then sent; the same file for a day; nothing charged for what failed."""

import io
import json
import tracemalloc
from unittest.mock import ANY

import pytest
from django.utils import timezone

from brands.bulk_import import start, work
from brands.choosing import Chosen
from brands.details import FIELDS
from brands.errors import NothingToExport
from brands.exports import export, files
from brands.models import Brand, Export
from brands.testing.exported_files import domains_in, files_in, post, rows_of
from brands.testing.rows import make_analysis, make_brand, make_brands
from tokens.csv_cells import plain
from tokens.ledger.wallet import get_token_balance
from tokens.models import TokenUsage
from tokens.purchases.lifecycle import simulate_token_purchase

pytestmark = pytest.mark.django_db
LABEL = "Rule-based analysis - no AI model configured"


# --- the answer ----------------------------------------------------------------------------


def test_an_export_is_the_file_and_says_what_it_cost(api, rich, storage):
    answer = post(api(rich), {"format": "json"})
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/json")
    assert (answer["X-Tokens-Spent"], answer["X-Token-Balance"]) == ("10", "490")
    assert answer["Content-Disposition"].startswith('attachment; filename="domains-')
    rows = json.loads(answer.body)
    assert rows == [{**row, "analysis": None} for row in reversed(api(rich).get("/api/domains").json()["domains"])]
    usage = TokenUsage.objects.get()
    export = Export.objects.get()
    assert (usage.action, usage.tokens_spent, export.usage, export.status) == ("data_export", 10, usage, "ready")
    assert usage.metadata == {"export": str(export.pk), "format": "json", "domains": 3}
    assert [oct(path.stat().st_mode & 0o777) for path in files_in(storage)] == ["0o600"]


@pytest.mark.parametrize(
    ("asked", "domains"),
    [
        ({"tier": "foundation"}, ["a.com", "c.com"]),
        ({"tier": "foundation", "is_test": False}, ["a.com"]),
        ({"is_test": True}, ["c.com"]),
        ({"category": "tech"}, ["a.com"]),
        ({"type": "blog"}, ["a.com"]),
    ],
)
def test_an_export_can_be_filtered(api, rich, bob, asked, domains):
    make_brand(bob, "bobs.com")
    make_brand(rich, "staged.com", is_staged=True)
    assert domains_in(post(api(rich), {"format": "json", **asked})) == domains


@pytest.mark.parametrize("name", ["tier", "category", "type"])
def test_an_empty_choice_is_refused_and_not_taken_for_all(api, rich, name):
    answer = api(rich).post("/api/domains/export", {"format": "json", name: ""}, format="json")
    assert (answer.status_code, answer.json()["errors"]) == (
        400,
        [{"field": name, "detail": "Must not be empty. Leave the field out to include all."}],
    )
    assert get_token_balance(rich.pk) == 500


def test_the_latest_analysis_is_told_with_what_made_it(api, rich):
    brand = Brand.objects.get(domain="a.com")
    make_analysis(brand, result={"score": 10})
    latest = make_analysis(brand, result={"score": 70, "tagline": "Tech"}, finished_at=timezone.now())
    make_analysis(brand, status="failed", result=None)
    make_analysis(Brand.objects.get(domain="b.com"), engine="model", model="gpt-x", result={"score": 70})
    row = json.loads(post(api(rich), {"format": "json"}).body)[0]
    assert row["analysis"]["label"] == LABEL
    assert (row["analysis"]["engine"], row["analysis"]["score"], row["analysis"]["tagline"]) == ("rules", 70, "Tech")
    assert row["analysis"]["finished_at"] == latest.finished_at.isoformat().replace("+00:00", "Z")
    cells = rows_of(post(api(rich), {"format": "csv"}).body)
    assert [(row["analysis"], row["analysis_score"]) for row in cells] == [
        (LABEL, "70"),
        ("AI analysis by gpt-x", "70"),
        ("", ""),
    ]


def test_a_csv_opens_in_a_spreadsheet_without_running_anything(api, rich):
    answer = post(api(rich), {"format": "csv"})
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    body = answer.body
    assert body.startswith(b"\xef\xbb\xbfdomain,name,category,tier,emoji,brand_type,tagline,")
    row = rows_of(body)[1]
    assert (row["tagline"], plain(row["tagline"]), row["emoji"]) == ('\'=HYPERLINK("x")', '=HYPERLINK("x")', "👩‍💻")
    assert [row["is_test"] for row in rows_of(body)] == ["false", "false", "true"]


def test_an_accept_header_for_the_file_is_not_refused(api, rich):
    for accept in ("text/csv", "application/octet-stream", "*/*"):
        assert post(api(rich), {"format": "csv"}, HTTP_ACCEPT=accept).status_code == 200
    refused = post(api(rich), {"format": "xml"}, HTTP_ACCEPT="text/csv")
    assert (refused.status_code, refused["Content-Type"]) == (400, "application/problem+json")
    assert refused.json()["detail"] == "format: Must be one of: json, csv."


def test_a_csv_comes_back_through_an_import_as_it_was(api, rich, bob):
    said = {
        "tagline": "=1+1",
        "purpose": 'Two\nlines, "quoted"; #x',
        "region": "'@here",
        "emoji": "👩‍💻",
        "is_test": True,
    }
    make_brand(rich, "xn--bcher-kva.de", name="-Bücher", category_id="education", strategy="+ more", **said)
    simulate_token_purchase(bob.pk, "starter")
    start.start_file(bob.pk, post(api(rich), {"format": "csv"}).body)
    assert work.work_one()
    kept = ["domain", *(field for field in FIELDS), "slug", "is_lookalike"]
    mine, bobs = (list(Brand.objects.of(user.pk).order_by("domain").values(*kept)) for user in (rich, bob))
    assert len(mine) == 4
    assert bobs == [{**row, "slug": ANY} for row in mine]


def test_an_export_of_nothing_is_refused_even_if_the_last_domain_went_meanwhile(rich, storage):
    begun = export.begin(rich.pk, Chosen(tier="creative"), "json")
    Brand.objects.filter(tier="creative").delete()
    with pytest.raises(NothingToExport):
        export.finish(begun.pk)
    assert (get_token_balance(rich.pk), files_in(storage)) == (500, [])


# --- size ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("format", ["json", "csv"])
def test_a_thousand_brands_more_are_two_statements_more(alice, format, django_assert_num_queries):
    make_brands(alice, 1500)
    with django_assert_num_queries(3), io.BytesIO() as file:  # two batches, and the end
        assert files.write(Chosen().brands(alice.pk), file, format=format) == 1500


def test_memory_stays_flat_however_many_brands(alice, storage):
    def peak_of(number):
        make_brands(alice, number)
        tracemalloc.start()
        with (storage / "file").open("wb") as file:
            files.write(Chosen().brands(alice.pk), file, format="json")
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return peak

    peak_of(100)
    small, large = peak_of(2000), peak_of(6000)
    assert large < small * 1.3
