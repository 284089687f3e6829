"""A CSV file by API: the quote, the start, the progress, and what a program is told when it cannot be."""

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from brands.bulk_import.text import MOST_BYTES
from brands.bulk_import.work import work_one
from brands.models import Brand, CsvImport
from brands.testing.csv_files import Unread, csv_of, csv_with, sample
from brands.testing.rows import free_ones
from tokens.ledger.wallet import get_token_balance
from tokens.purchases.lifecycle import simulate_token_purchase
from tokens.testing.ledger_rows import make_lot

pytestmark = pytest.mark.django_db
URL = "/api/domains/import"


def post(client, data, query="", **headers):
    return client.post(f"{URL}{query}", data, content_type="text/csv", headers=headers)


def test_worked_example_b_to_its_end_by_api(api, alice, settings, tmp_path):
    settings.MEDIA_ROOT = str(tmp_path)
    simulate_token_purchase(alice.pk, "pro")
    client = api(alice)
    quote = post(client, sample("domains-100.csv"), "?dry_run=true")
    assert (quote.status_code, quote.json()["tokens"], quote.json()["affordable"]) == (200, 102, True)
    started = post(client, sample("domains-100.csv"))
    assert (started.status_code, started.json()["status"]) == (202, "queued")
    work_one()
    done = client.get(started.json()["url"]).json()
    assert done == {
        "id": started.json()["id"],
        "status": "done",
        "url": started.json()["url"],
        "rows": 100,
        "wanted": 100,
        "staged": 100,
        "imported": 100,
        "tokens_spent": 102,
        "paid_by": {"tokens": 100},
        "balance": 398,
        "notices": [],
        "errors": [],
        "errors_count": 0,
        "next": None,
    }
    for row in client.get("/api/domains").json()["domains"][:10]:
        assert client.post(f"/api/domains/{row['id']}/analyze").json()["tokens_spent"] == 5
    assert get_token_balance(alice.pk) == 348
    exported = client.post("/api/domains/export", {"format": "json"}, content_type="application/json")
    assert (exported["X-Token-Balance"], len(json.loads(exported.getvalue()))) == ("338", 100)
    assert get_token_balance(alice.pk) == 338


def test_a_dry_run_answers_with_a_verdict_on_every_row_and_keeps_nothing(api, alice):
    answer = post(api(alice), b"domain,price\nhttps://ocean.com,3\nocean.com,4\nnas.local,5\n", "?dry_run=1")
    body = answer.json()
    assert body["verdicts"] == [
        {
            "line": 2,
            "given": "https://ocean.com",
            "domain": "ocean.com",
            "verdict": "new",
            "why": "",
            "notes": ["We shortened https://ocean.com to ocean.com."],
        },
        {
            "line": 3,
            "given": "ocean.com",
            "domain": "ocean.com",
            "verdict": "duplicate",
            "why": "The same domain is on line 2.",
            "notes": [],
        },
        {
            "line": 4,
            "given": "nas.local",
            "domain": "",
            "verdict": "invalid",
            "why": "“nas.local” ends in .local, which isn't a public suffix.",
            "notes": [],
        },
    ]
    assert body["counts"] == {"new": 1, "duplicate": 1, "already_yours": 0, "invalid": 1}
    assert (body["paid_by"], body["tokens"], body["unpaid"]) == ({"free": 1}, 0, 0)
    assert body["notices"] == ["Unused columns: price."]
    assert CsvImport.objects.count() == 0


def test_rows_that_cannot_be_imported_are_listed_at_the_end(api, alice):
    client = api(alice)
    started = post(client, csv_of("ocean.com", "ocean.com", "nas.local")).json()
    assert client.get(started["url"]).json()["errors"] == []
    work_one()
    done = client.get(started["url"]).json()
    assert (done["imported"], [(each["line"], each["domain"]) for each in done["errors"]]) == (
        1,
        [(3, "ocean.com"), (4, "nas.local")],
    )


def test_a_form_with_a_file_does_the_same_and_keeps_its_name(api, alice):
    file = SimpleUploadedFile("mine.csv", csv_of("ocean.com"), content_type="text/csv")
    answer = api(alice).post(URL, {"file": file}, format="multipart")
    assert answer.status_code == 202
    assert CsvImport.objects.get().filename == "mine.csv"
    missing = api(alice).post(URL, {}, format="multipart")
    assert (missing.status_code, "form field “file”" in missing.json()["detail"]) == (400, True)
    other = api(alice).post(URL, {"file": file, "dry_run": "true"}, format="multipart")
    assert (other.status_code, other.json()["detail"]) == (400, "dry_run: Unknown field. Use: file.")
    assert CsvImport.objects.count() == 1


def test_when_something_is_short_the_answer_is_the_402_of_every_other_call(api, alice):
    make_lot(alice, tokens=3)
    free_ones(alice, 10)
    answer = post(api(alice), csv_with(5))
    assert answer.status_code == 402
    body = answer.json()
    assert {
        key: body[key] for key in ("error", "required", "balance", "available", "shortfall", "smallest_package")
    } == {
        "error": "Insufficient tokens",
        "required": 7,
        "balance": 3,
        "available": 3,
        "shortfall": 4,
        "smallest_package": "starter",
    }
    assert body["detail"] == "Buy tokens or upgrade subscription"
    assert (CsvImport.objects.count(), Brand.objects.count(), get_token_balance(alice.pk)) == (0, 10, 3)
    quote = post(api(alice), csv_with(5), "?dry_run=true").json()
    assert (quote["affordable"], quote["unpaid"], quote["shortfall"], quote["smallest_package"]) == (
        False,
        4,
        4,
        "starter",
    )


def test_the_same_key_gets_the_first_answer_and_another_file_with_it_is_refused(api, alice):
    simulate_token_purchase(alice.pk, "starter")
    client, key = api(alice), {"Idempotency-Key": "once"}
    first = post(client, csv_with(3), **key)
    work_one()
    again = post(client, csv_with(3), **key)
    assert (again.status_code, again.json(), again.headers["Idempotent-Replayed"]) == (202, first.json(), "true")
    assert post(client, csv_with(4), **key).status_code == 422
    assert (CsvImport.objects.count(), get_token_balance(alice.pk)) == (1, 95)


def test_a_file_that_is_none_is_a_400_that_says_why(api, alice):
    for data, why in [(b"", "empty"), (b"name\nx", "“domain” among them"), (b"\xff\xfe\x00", "UTF-16")]:
        for query in ("", "?dry_run=true"):
            answer = post(api(alice), data, query)
            assert (answer.status_code, answer.json()["error"]) == (400, "Invalid file")
            assert why in answer.json()["detail"]
    assert post(api(alice), csv_with(1), "?dry_run=perhaps").status_code == 400
    assert api(alice).post(URL, {"domain": "ocean.com"}).status_code == 415


def test_a_file_that_is_too_large_is_a_413_before_it_is_read(api, alice, client):
    answer = post(api(alice), b"x" * (MOST_BYTES + 1))
    assert (answer.status_code, answer.json()["error"]) == (413, "File too large")
    client.force_login(alice)

    huge = {"CONTENT_LENGTH": str(10**9), "wsgi.input": Unread(), "CONTENT_TYPE": "multipart/form-data; boundary=x"}
    assert client.generic("POST", URL, **huge).status_code == 413


def test_bob_does_not_see_alices_import_and_nobody_does_without_a_key(api, alice, bob, client):
    started = post(api(alice), csv_with(1)).json()
    assert api(bob).get(started["url"]).status_code == 404
    assert client.get(started["url"]).status_code == 401
    assert post(client, csv_with(1)).status_code == 401
