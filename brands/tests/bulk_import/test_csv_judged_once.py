"""A file's rows are judged once, when it comes; what may change afterwards is asked again."""

from unittest.mock import patch

import pytest
from django.urls import reverse

from brands.bulk_import.proof import proof_of
from brands.bulk_import.start import quote_of, save_quote, start
from brands.bulk_import.work import work_one
from brands.errors import UnknownImport
from brands.models import Brand, Category, CsvImport, JudgedRows
from brands.names import parse_domain
from brands.testing.csv_files import csv_of, csv_with, queue
from tokens.testing.ledger_rows import make_lot

pytestmark = pytest.mark.django_db

ROWS = 1203  # three parts, of which the last is not full
MIXED = b"domain,category,tagline\nocean.com,tech,Deep\nnot a domain,,\nwww.ocean.com,,\nsea.com,,\xe2\x80\xa8\n"


def without_judged_rows(csv_import):
    """As it was kept before its rows were stored."""
    assert JudgedRows.objects.filter(csv_import=csv_import).delete()[0]
    return csv_import


def test_each_row_is_judged_once_on_its_way(alice, client):
    make_lot(alice, tokens=10_000)
    client.force_login(alice)
    with patch("brands.bulk_import.rows.parse_domain", wraps=parse_domain) as judged:
        answer = client.post(reverse("brands:csv"), {"text": csv_with(ROWS).decode()})
        address = answer["Location"]
        assert client.get(address).context["quote"].counts["new"] == ROWS
        client.post(reverse("brands:csv_start", args=[CsvImport.objects.get().pk]))
        assert work_one()
        assert proof_of(CsvImport.objects.get())["match"]
    assert (judged.call_count, Brand.objects.of(alice.pk).count()) == (ROWS, ROWS)


def test_what_is_read_is_what_was_judged(alice):
    make_lot(alice, tokens=100)
    kept = save_quote(alice.pk, MIXED)
    from_the_store = quote_of(kept)
    assert from_the_store == quote_of(without_judged_rows(kept))
    assert [str(row.verdict) for row in from_the_store.rows] == ["new", "invalid", "duplicate", "new"]


@pytest.mark.parametrize("is_begun", [False, True], ids=["quoted", "queued"])
def test_an_import_from_before_rows_were_stored_still_finishes(alice, is_begun):
    make_lot(alice, tokens=100)
    old = without_judged_rows(queue(alice, MIXED) if is_begun else save_quote(alice.pk, MIXED))
    start(old)
    assert work_one()
    old.refresh_from_db()
    assert (old.status, old.imported, old.skipped) == ("done", 2, 2)
    assert proof_of(old)["match"]


def test_a_category_removed_after_the_upload_is_missed_in_the_quote(alice):
    Category.objects.create(key="boats", name="Boats")
    kept = save_quote(alice.pk, b"domain,category\nocean.com,boats\nsea.com,tech\n")
    Category.objects.get(key="boats").delete()
    first, second = quote_of(kept).rows
    assert (first.verdict, second.verdict) == ("invalid", "new")
    assert first.why.startswith("Unknown category “boats”")


def test_a_quote_deleted_while_it_is_looked_at_is_said_to_be_gone(alice):
    for kept in (save_quote(alice.pk, csv_of("ocean.com")), without_judged_rows(save_quote(alice.pk, csv_of("a.com")))):
        CsvImport.objects.filter(pk=kept.pk).delete()
        with pytest.raises(UnknownImport):
            quote_of(kept)
        with pytest.raises(UnknownImport):
            start(kept)
