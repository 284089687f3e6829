"""Exports: built whole, then charged, then sent; the same file for a day; nothing charged for what failed."""

import csv
import io
import json
import tracemalloc
from datetime import timedelta
from pathlib import Path
from unittest.mock import ANY

import pytest
import time_machine
from django.core.files.storage import default_storage
from django.utils import timezone

from brands.bulk_import import start, work
from brands.bulk_import.cells import plain
from brands.choosing import Chosen
from brands.details import FIELDS
from brands.errors import ExportGone, NothingToExport
from brands.exports import export, files
from brands.models import Brand, Export
from brands.testing.rows import make_analysis, make_brand, make_brands
from tokens.errors import KeyInUse
from tokens.ledger.wallet import get_token_balance
from tokens.models import TokenUsage
from tokens.purchases.lifecycle import simulate_token_purchase
from tokens.sweep import sweep
from tokens.testing.races import at_once

pytestmark = pytest.mark.django_db

EXPORT = "/api/domains/export"
LABEL = "Rules analysis - no AI model configured"


class Died(BaseException):
    """The process was killed: nothing of it runs any more."""


@pytest.fixture(autouse=True)
def storage(settings, tmp_path):
    """A storage of the test's own; gives its directory."""
    settings.MEDIA_ROOT = str(tmp_path)
    return tmp_path


@pytest.fixture
def rich(alice):
    """alice, with 500 tokens and three domains."""
    simulate_token_purchase(alice.pk, "pro")
    make_brand(alice, "a.com", category_id="tech", brand_type="blog")
    make_brand(alice, "b.com", tier="creative", tagline='=HYPERLINK("x")', emoji="👩‍💻")
    make_brand(alice, "c.com", is_test=True)
    return alice


def files_in(directory):
    return [path for path in Path(directory).rglob("*") if path.is_file()]


def read(answer):
    """The answer, received to its end as `body`, which also closes the file."""
    answer.body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return answer


def post(client, body, key=None, **headers):
    return read(client.post(EXPORT, body, **({"HTTP_IDEMPOTENCY_KEY": key} if key else {}), **headers))


def rows_of(body):
    return list(csv.DictReader(io.StringIO(body.decode("utf-8-sig"), newline="")))


def domains_in(answer):
    return [row["domain"] for row in json.loads(answer.body)]


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


# --- what is never charged -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "status", "detail"),
    [
        ({}, 400, "format: This field is required."),
        (
            {"format": "json", "tier": "gold"},
            400,
            "Unknown tier “gold”. Use: foundation, business, creative.",
        ),
        (
            {"format": "json", "tier": "business"},
            400,
            "No domains match, so nothing was exported or charged.",
        ),
    ],
)
def test_what_is_refused_is_not_charged_and_leaves_nothing(api, rich, storage, body, status, detail):
    answer = post(api(rich), body)
    assert (answer.status_code, answer.json()["detail"]) == (status, detail)
    assert (get_token_balance(rich.pk), files_in(storage), Export.objects.count()) == (500, [], 0)


def test_too_few_tokens_are_a_402_before_anything_is_built(api, alice, storage, monkeypatch):
    make_brand(alice)
    monkeypatch.setattr(files, "write", lambda *_, **__: pytest.fail("built"))
    answer = post(api(alice), {"format": "json"}, "k")
    assert (answer.status_code, answer.json()["shortfall"], files_in(storage)) == (402, 10, [])


def test_tokens_that_were_spent_while_it_was_built_charge_nothing(alice, storage, monkeypatch):
    from tokens.errors import InsufficientTokens
    from tokens.spending.spends import spend
    from tokens.testing.ledger_rows import make_lot

    make_lot(alice, tokens=12)
    make_brand(alice)
    build = export._build
    monkeypatch.setattr(export, "_build", lambda export: spend(alice, "ai_analysis") and build(export))
    with pytest.raises(InsufficientTokens):
        export.export(alice.pk, Chosen(), "json")
    assert (get_token_balance(alice.pk), files_in(storage), Export.objects.get().status) == (7, [], "failed")


@pytest.mark.parametrize("step", ["save", "write"])
def test_a_failure_while_building_charges_nothing_and_the_same_key_then_works(api, rich, storage, monkeypatch, step):
    where = default_storage if step == "save" else files
    client = api(rich)
    client.raise_request_exception = False
    with monkeypatch.context() as patched:
        patched.setattr(where, step, lambda *_, **__: 1 / 0)
        answer = post(client, {"format": "json"}, "k")
    assert (answer.status_code, get_token_balance(rich.pk), files_in(storage)) == (500, 500, [])
    assert Export.objects.get().status == "failed"
    assert post(client, {"format": "json"}, "k").status_code == 200
    assert get_token_balance(rich.pk) == 490


def test_a_crash_between_build_and_charge_charges_nothing_and_the_file_is_removed(rich, storage, monkeypatch):
    def dies(*_):
        raise Died

    monkeypatch.setattr(export, "_charge", dies)
    with pytest.raises(Died):
        export.export(rich.pk, Chosen(), "json")
    assert (get_token_balance(rich.pk), len(files_in(storage)), Export.objects.get().status) == (500, 1, "building")
    sweep()
    assert len(files_in(storage)) == 1  # it might still be at work
    with time_machine.travel(timezone.now() + export.BUILDS_WITHIN + timedelta(seconds=1)):
        sweep()
    assert (get_token_balance(rich.pk), files_in(storage), Export.objects.get().status) == (500, [], "failed")


def test_after_a_crash_the_same_key_waits_and_then_builds_afresh_for_one_charge(api, rich, storage, monkeypatch):
    client = api(rich)
    charge = export._charge

    def dies(*_):
        raise Died

    monkeypatch.setattr(export, "_charge", dies)
    with pytest.raises(Died):
        post(client, {"format": "json"}, "k")
    monkeypatch.setattr(export, "_charge", charge)
    waits = post(client, {"format": "json"}, "k")
    assert (waits.status_code, waits["Retry-After"]) == (409, "1")
    with time_machine.travel(timezone.now() + export.BUILDS_WITHIN + timedelta(seconds=1)):
        assert post(client, {"format": "json"}, "k").status_code == 200
    assert (get_token_balance(rich.pk), len(files_in(storage)), TokenUsage.objects.count()) == (490, 1, 1)


def test_a_build_that_took_too_long_is_not_charged(rich, storage, monkeypatch):
    build = export._build

    def slow(row):
        count = build(row)
        traveller.shift(export.BUILDS_WITHIN)
        assert export.delete_old() == 1
        return count

    monkeypatch.setattr(export, "_build", slow)
    with time_machine.travel(timezone.now(), tick=False) as traveller, pytest.raises(KeyInUse):
        export.export(rich.pk, Chosen(), "json")
    assert (get_token_balance(rich.pk), files_in(storage)) == (500, [])


def test_a_payment_whose_news_was_lost_keeps_its_file(api, rich, storage, monkeypatch):
    charge = export._charge

    def lost(*args):
        charge(*args)
        raise ConnectionError("the answer of the database was lost")

    client = api(rich)
    client.raise_request_exception = False
    with monkeypatch.context() as patched:
        patched.setattr(export, "_charge", lost)
        assert post(client, {"format": "json"}, "k").status_code == 500
    assert (get_token_balance(rich.pk), len(files_in(storage))) == (490, 1)
    assert domains_in(post(client, {"format": "json"}, "k")) == ["a.com", "b.com", "c.com"]
    assert get_token_balance(rich.pk) == 490


# --- the same file again -------------------------------------------------------------------------


def test_the_same_key_sends_the_same_file_and_charges_once(api, rich):
    first = post(api(rich), {"format": "csv"}, "k")
    make_brand(rich, "later.com")
    second = post(api(rich), {"format": "csv"}, "k")
    assert second["Idempotent-Replayed"] == "true"
    assert [answer["X-Token-Balance"] for answer in (first, second)] == ["490", "490"]
    assert first.body == second.body
    assert post(api(rich), {"format": "json"}, "k").status_code == 422
    assert (get_token_balance(rich.pk), Export.objects.count()) == (490, 1)


def test_the_file_can_be_had_again_for_a_day_by_its_owner_only(api, rich, bob, storage):
    answer = post(api(rich), {"format": "json"}, "k")
    address = answer["Content-Location"]
    body = answer.body
    assert read(api(rich).get(address)).body == body
    assert api(bob).get(address).status_code == 404
    with time_machine.travel(timezone.now() + timedelta(hours=23, minutes=59)):
        sweep()
        assert read(api(rich).get(address)).body == body
    with time_machine.travel(timezone.now() + timedelta(hours=24, seconds=1)):
        assert api(rich).get(address).status_code == 404
        assert sweep()["old exports deleted"] == 1
        assert (files_in(storage), Export.objects.count()) == ([], 0)
        gone = post(api(rich), {"format": "json"}, "k")
        assert (gone.status_code, gone.json()["title"]) == (404, "Export expired")
        assert sweep()["old exports deleted"] == 0
    assert get_token_balance(rich.pk) == 490


def test_an_export_of_nothing_is_refused_even_if_the_last_domain_went_meanwhile(rich, storage):
    begun = export.begin(rich.pk, Chosen(tier="creative"), "json")
    Brand.objects.filter(tier="creative").delete()
    with pytest.raises(NothingToExport):
        export.finish(begun.pk)
    assert (get_token_balance(rich.pk), files_in(storage)) == (500, [])


def test_an_export_that_is_not_there_is_gone(rich):
    with pytest.raises(ExportGone):
        export.finish("00000000-0000-0000-0000-000000000000")


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_eight_at_once_with_the_same_key_are_one_file_and_one_charge(api, rich, storage):
    clients = [api(rich) for _ in range(8)]
    outcomes = at_once(lambda number: post(clients[number], {"format": "json"}, "k"))
    assert {answer.status_code for answer in outcomes} <= {200, 409}
    assert 200 in {answer.status_code for answer in outcomes}
    assert (get_token_balance(rich.pk), len(files_in(storage)), Export.objects.count()) == (490, 1, 1)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_eight_at_once_with_tokens_for_three_are_three_files(alice, storage):
    from tokens.testing.ledger_rows import make_lot

    make_lot(alice, tokens=35)
    make_brand(alice)
    outcomes = at_once(lambda _: export.export(alice.pk, Chosen(), "json"))
    assert sum(isinstance(outcome, export.Ready) for outcome in outcomes) == 3
    assert (get_token_balance(alice.pk), len(files_in(storage))) == (5, 3)


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
