"""The pages of a CSV import: send, look, start, watch, and read what came of it."""

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from brands.bulk_import import work
from brands.bulk_import.start import save_quote
from brands.bulk_import.text import MOST_BYTES
from brands.models import Brand, CsvImport
from brands.testing.csv_files import Unread, csv_of, csv_with, import_all, queue
from brands.testing.csv_pages import page_of, words
from brands.testing.rows import free_ones
from tokens.ledger.wallet import get_token_balance, read_wallet
from tokens.purchases.lifecycle import simulate_token_purchase
from tokens.testing.ledger_rows import make_lot

pytestmark = pytest.mark.django_db
URL = "/domains/import"


def send(client, data=b"", text="", name="mine.csv"):
    file = {"file": SimpleUploadedFile(name, data)} if data else {}
    return client.post(URL, {**file, "text": text})


def test_the_guides_address_leads_here_and_strangers_sign_in_first(client, alice):
    assert client.get("/admin/domains/csv").headers["Location"] == URL
    assert client.get(URL).headers["Location"] == f"/accounts/login/?next={URL}"
    client.force_login(alice)
    assert "up to 10,000 rows" in words(client.get(URL))


def test_from_the_file_to_the_result_without_javascript(alice_page, alice):
    simulate_token_purchase(alice.pk, "starter")
    sent = send(alice_page, csv_of("ocean.com", "https://sea.com", "ocean.com", "nas.local"), name="mine.csv")
    assert sent.status_code == 303
    quote = alice_page.get(sent.headers["Location"])
    said = words(quote)
    assert "mine.csv: 4 rows, 2 new domains . Nothing is imported or charged yet." in said
    assert "4 tokens (2 for the file, 2 for 2 domains, because tokens pay first)" in said
    assert "100 tokens now, 96 afterwards" in said
    assert "Import 2 domains for 4 tokens" in said
    assert "3 sea.com New We shortened https://sea.com to sea.com." in said
    assert "4 ocean.com Duplicate The same domain is on line 2." in said
    assert (Brand.objects.count(), get_token_balance(alice.pk)) == (0, 100)

    start = reverse("brands:csv_start", args=[CsvImport.objects.get().pk])
    started = [alice_page.post(start) for _ in range(2)]
    assert [(answer.status_code, answer.headers["Location"]) for answer in started] == [
        (303, sent.headers["Location"])
    ] * 2
    assert "0 of 2 domains (queued)" in words(alice_page.get(sent.headers["Location"]))
    assert read_wallet(alice.pk).held == 4

    work.work_one()
    said = words(alice_page.get(sent.headers["Location"]))
    assert "2 domains imported Tokens spent 4 Paid in tokens 2 domains Your balance 96 tokens" in said
    assert "5 nas.local “nas.local” ends in .local, which isn&#x27;t a public suffix." in said
    assert "mine.csv" in words(alice_page.get(URL))


def test_pasted_text_does_the_same(alice_page):
    sent = send(alice_page, text="domain;name\r\nocean.com;Ocean\r\n")
    assert "Pasted text: 1 row, 1 new domain" in words(alice_page.get(sent.headers["Location"]))


def test_what_is_short_is_said_with_the_way_out_and_nothing_can_be_started(alice_page, alice):
    make_lot(alice, tokens=3)
    free_ones(alice, 10)
    quoted = save_quote(alice.pk, csv_with(5))
    answer = page_of(alice_page, quoted)
    said = words(answer)
    assert "This import costs 7 tokens. You have 3, so you are 4 tokens short . Buy Starter Pack for $10.00" in said
    assert "A file is imported whole or not at all." in said
    assert "csv_start" not in answer.content.decode()
    assert reverse("brands:csv_start", args=[quoted.pk]) not in answer.content.decode()
    refused = alice_page.post(reverse("brands:csv_start", args=[quoted.pk]))
    assert (refused.status_code, "Buy tokens or upgrade subscription" in words(refused)) == (402, True)
    assert (Brand.objects.count(), get_token_balance(alice.pk)) == (10, 3)
    simulate_token_purchase(alice.pk, "starter")
    assert "Import 5 domains for 7 tokens" in words(page_of(alice_page, quoted))


def test_with_no_new_row_there_is_nothing_to_start(alice_page, alice):
    free_ones(alice, 1)
    assert "There are no new domains in this file" in words(
        page_of(alice_page, save_quote(alice.pk, csv_of("free0.com")))
    )


def test_rows_can_be_looked_at_by_verdict_and_page_by_page(alice_page, alice):
    quoted = save_quote(alice.pk, csv_with(150) + b"\nnas.local")
    said = words(page_of(alice_page, quoted))
    assert "All 151 New: 150 Invalid: 1" in said
    assert "Page 1 of 2" in said
    address = reverse("brands:csv_import", args=[quoted.pk])
    assert "new149.com" in words(alice_page.get(f"{address}?page=2"))
    only = words(alice_page.get(f"{address}?show=invalid"))
    assert ("nas.local" in only, "new0.com" in only) == (True, False)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("show=<x>", "Unknown kind of row “&lt;x&gt;”. Use: new, duplicate, already_yours, invalid."),
        ("page=abc", "This page doesn&#x27;t exist."),
        ("page=0", "This page doesn&#x27;t exist."),
        ("page=2", "This page doesn&#x27;t exist."),
        ("page=", "This page doesn&#x27;t exist."),
    ],
)
def test_rows_that_cannot_be_asked_for_are_refused_in_words(alice_page, alice, asked, said):
    answer = alice_page.get(reverse("brands:csv_import", args=[save_quote(alice.pk, csv_with(3)).pk]) + f"?{asked}")
    assert answer.status_code == 400
    assert said in answer.content.decode()


def test_a_file_that_is_none_is_said_in_the_form(alice_page):
    for data, why in [(b"name\nx", "“domain” among them"), (b"\x00\x01", "not text"), (b"domain\n", "no row after it")]:
        answer = send(alice_page, data)
        assert (answer.status_code, why in words(answer)) == (400, True)
    assert "Choose a CSV file, or paste its text." in words(send(alice_page))
    assert CsvImport.objects.count() == 0


def test_a_file_that_is_too_large_is_refused_before_it_is_read(alice_page, client):
    assert "more than 5 MB" in words(send(alice_page, b"x" * (MOST_BYTES + 1)))
    huge = {"CONTENT_LENGTH": str(10**9), "wsgi.input": Unread(), "CONTENT_TYPE": "multipart/form-data; boundary=x"}
    assert client.generic("POST", URL, **huge).status_code == 413


def test_of_two_files_none_is_taken(alice_page):
    first, second = (SimpleUploadedFile("a.csv", csv_of(domain)) for domain in ("ocean.com", "river.com"))
    for files in ({"file": [first, second]}, {"file": first, "other": second}):
        answer = alice_page.post(URL, files)
        assert (answer.status_code, "Choose one CSV file: several were sent" in words(answer)) == (400, True)
    assert CsvImport.objects.count() == 0


def test_a_form_of_another_site_is_refused(alice):
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice)
    assert send(client, csv_of("ocean.com")).status_code == 403
    assert CsvImport.objects.count() == 0


def test_an_import_that_failed_says_so_and_that_nothing_was_charged(alice_page, alice, monkeypatch):
    simulate_token_purchase(alice.pk, "starter")
    queued = queue(alice, csv_with(3))
    monkeypatch.setattr(work, "_finish", lambda _: 1 / 0)
    work.work_one()
    said = words(page_of(alice_page, queued))
    assert "Nothing was imported Something went wrong on our side. Try again. Nothing was charged" in said


def test_the_proof_is_a_file_before_and_after(alice_page, alice):
    quoted = save_quote(alice.pk, csv_of("ocean.com", "sea.com"), filename="my domains.csv")
    before = alice_page.get(reverse("brands:csv_proof", args=[quoted.pk]))
    assert before.headers["Content-Disposition"] == 'attachment; filename="my domains.pre-check.json"'
    assert json.loads(before.content)["expected"]["total_domains"] == 2
    done = import_all(alice, csv_of("ocean.com", "sea.com", "lake.com"), "../x\r\n.csv")
    after = alice_page.get(reverse("brands:csv_proof", args=[done.pk]))
    proof = json.loads(after.content)
    assert (proof["match"], proof["imported"]["total_domains"], proof["import"]["imported"]) == (True, 3, 3)


def test_bob_sees_nothing_of_alices_import(client, alice, bob):
    quoted = save_quote(alice.pk, csv_with(1))
    client.force_login(bob)
    for name in ("csv_import", "csv_proof"):
        assert client.get(reverse(f"brands:{name}", args=[quoted.pk])).status_code == 404
    assert client.post(reverse("brands:csv_start", args=[quoted.pk])).status_code == 404
    assert CsvImport.objects.get().status == "quoted"
