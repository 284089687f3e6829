"""Rows that an import left out: stored when it ends, read page by page, and never judged again by whoever asks."""

from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import timezone

from brands.bulk_import import work
from brands.bulk_import.rows import CsvFile
from brands.bulk_import.skipped import skipped_rows, store_old
from brands.bulk_import.start import find, start_file
from brands.importing import import_domain
from brands.models import Brand, CsvImport, SkippedRow
from brands.testing.csv_files import claim, csv_of, csv_with, import_all, queue
from brands.testing.csv_pages import page_of, words
from tokens.purchases.lifecycle import simulate_token_purchase
from tokens.web.api.pagination import NOT_A_CURSOR

pytestmark = pytest.mark.django_db


def skipped(csv_import):
    return [*csv_import.skipped_rows.order_by("line").values_list("line", "domain", "error")]


def bad_rows(number):
    return csv_of("ocean.com", *(f"*.sea{row}.com" for row in range(number)))


def address_of(csv_import):
    return reverse("brands_api:import", args=[csv_import.pk])


def test_what_was_invalid_twice_or_yours_is_stored_with_the_end(alice):
    import_domain(alice.pk, "mine.com")
    done = import_all(alice, csv_of("new.com", "mine.com", "nas.local", "NEW.com"))
    assert skipped(done) == [
        (3, "mine.com", "You have this domain already."),
        (4, "nas.local", "“nas.local” ends in .local, which isn't a public suffix."),
        (5, "NEW.com", "The same domain is on line 2."),
    ]
    assert (done.skipped, done.imported, done.rows) == (3, 1, 4)


def test_a_file_with_nothing_new_is_over_at_once_and_its_rows_are_stored(alice):
    done = start_file(alice.pk, csv_of("nas.local", "*.sea.com"))
    assert (done.status, done.skipped, [line for line, *_ in skipped(done)]) == ("done", 2, [2, 3])


@pytest.mark.parametrize("rows", [3, 120])
def test_a_domain_that_came_another_way_meanwhile_is_stored_as_yours(alice, monkeypatch, rows):
    simulate_token_purchase(alice.pk, "premium")
    queued, finish = queue(alice, csv_with(rows)), work._finish
    monkeypatch.setattr(work, "_finish", lambda *given: (import_domain(alice.pk, "new1.com"), finish(*given)))
    work.work_one()
    queued.refresh_from_db()
    assert skipped(queued) == [(3, "new1.com", "You have this domain already.")]
    assert (queued.skipped, queued.imported) == (1, rows - 1)


def test_an_import_that_failed_tells_why_first_and_then_of_rows_that_no_import_could_take(api, alice, monkeypatch):
    queued = queue(alice, csv_of("ocean.com", "nas.local", "*.sea.com"))
    monkeypatch.setattr(work, "_finish", lambda *_: 1 / 0)
    work.work_one()
    body = api(alice).get(address_of(queued)).json()
    assert [(each["line"], each["domain"]) for each in body["errors"]] == [
        (None, ""),
        (3, "nas.local"),
        (4, "*.sea.com"),
    ]
    assert (body["errors_count"], body["next"]) == (3, None)


def test_a_worker_that_took_over_stores_each_row_once(alice):
    simulate_token_purchase(alice.pk, "premium")
    queued = queue(alice, csv_with(60) + b"\nnas.local\n*.sea.com")
    claimed = claim()
    work._stage(claimed, next(work._batches(claimed, [])))
    CsvImport.objects.update(lease_until="2026-01-01T00:00Z")
    work.work_one()
    queued.refresh_from_db()
    assert (queued.attempts, queued.skipped, len(skipped(queued))) == (2, 2, 2)


def test_errors_come_page_by_page_in_the_order_of_the_file(api, alice):
    done, client = import_all(alice, bad_rows(250)), api(alice)
    page = client.get(address_of(done)).json()
    assert (len(page["errors"]), page["errors_count"], page["imported"]) == (100, 250, 1)
    lines = [each["line"] for each in page["errors"]]
    while page["next"]:
        parts = urlsplit(page["next"])
        page = client.get(f"{parts.path}?{parts.query}").json()
        assert (page["count"], set(page)) == (len(page["errors"]), {"errors", "count", "next"})
        lines += [each["line"] for each in page["errors"]]
    assert lines == [*range(3, 253)]
    assert len(client.get(f"{address_of(done)}/errors?limit=5").json()["errors"]) == 5


def test_errors_of_alice_are_unknown_to_bob_and_a_made_up_cursor_is_refused(api, alice, bob):
    done = import_all(alice, bad_rows(3))
    assert api(bob).get(f"{address_of(done)}/errors").status_code == 404
    assert api(alice).get(f"{address_of(done)}/errors?cursor=x").status_code == 400


def test_asking_costs_the_same_for_three_bad_rows_and_for_a_thousand(
    api, alice, django_assert_num_queries, monkeypatch
):
    few, many, client = import_all(alice, bad_rows(3)), import_all(alice, bad_rows(1000)), api(alice)
    client.get(address_of(few))
    monkeypatch.setattr(CsvFile, "__init__", lambda *_: pytest.fail("the file was read again"))
    for each in (few, many):
        with django_assert_num_queries(4) as asked:
            answer = client.get(address_of(each))
        assert not [query for query in asked.captured_queries if '"content"' in query["sql"]]
        assert len(answer.content) < 25_000


def test_the_page_shows_the_rows_that_were_left_out_page_by_page_and_how_the_file_was_read(alice_page, alice):
    done = import_all(alice, b"Report\nDomain Name,Price\nocean.com,3\n" + b"*.sea.com,4\n" * 150)
    first = page_of(alice_page, done)
    said = words(first)
    assert "Skipped 1 line above the headings: Report." in said
    assert "Unused columns: Price." in said
    assert "Skipped rows: 150" in said
    assert "4 *.sea.com “*.sea.com” is a wildcard, which stands for many names. Use sea.com." in said
    assert ("?after=103#skipped" in first.text, "First rows" in said) == (True, False)
    last = words(alice_page.get(reverse("brands:csv_import", args=[done.pk]) + "?after=103"))
    assert ("153 *.sea.com" in last, "First rows" in last, "Next rows" in last) == (True, True, False)


@pytest.mark.parametrize("after", ["zz", "", "-1", "1.0", "٣", "9" * 30, "%00"])
def test_a_page_of_rows_that_no_link_leads_to_is_a_400(alice_page, alice, after):
    done = import_all(alice, bad_rows(3))
    answer = alice_page.get(reverse("brands:csv_import", args=[done.pk]) + f"?after={after}")
    assert (answer.status_code, "This page doesn&#x27;t exist." in answer.text) == (400, True)


def test_the_cursor_of_one_import_is_none_of_another(api, alice):
    one, other, client = import_all(alice, bad_rows(150)), import_all(alice, bad_rows(160)), api(alice)
    query = urlsplit(client.get(address_of(one)).json()["next"]).query
    assert client.get(f"{address_of(one)}/errors?{query}").status_code == 200
    refused = client.get(f"{address_of(other)}/errors?{query}")
    assert (refused.status_code, refused.json()["detail"]) == (400, f"cursor: {NOT_A_CURSOR}")


def test_imports_of_before_get_their_rows_from_their_files_by_the_sweep(api, alice):
    import_domain(alice.pk, "mine.com")
    done = import_all(alice, csv_of("new.com", "mine.com", "nas.local"))
    import_all(alice, csv_of("later.com"))
    other = CsvImport(user=alice, status="failed", error="It broke.", rows=1, finished_at=timezone.now())
    gone, failed = (replaced(other, content) for content in (",".join(["x"] * 101), "domain\nnas.local\nnew.com\n"))
    stored = skipped(done)
    SkippedRow.objects.all().delete()
    CsvImport.objects.update(skipped=None)
    assert api(alice).get(address_of(done)).json()["errors_count"] == 0
    assert (store_old(), store_old()) == (4, 0)
    done.refresh_from_db()
    assert (skipped(done), done.skipped, skipped(gone)) == (stored, 2, [])
    assert [line for line, *_ in skipped(failed)] == [2]
    assert api(alice).get(address_of(failed)).json()["errors_count"] == 2
    assert Brand.objects.count() == 3


def replaced(csv_import, content):
    csv_import.pk, csv_import.content, csv_import._state.adding = uuid4(), content, True
    csv_import.save()
    return CsvImport.objects.get(pk=csv_import.pk)


def test_the_sweep_leaves_imports_that_are_not_over_and_those_that_are_stored(alice):
    queue(alice, csv_of("ocean.com", "nas.local"))
    start_file(alice.pk, csv_of("nas.local"))
    assert (store_old(), SkippedRow.objects.count()) == (0, 1)


def test_what_was_yours_already_is_listed_once_the_import_is_done(alice):
    import_domain(alice.pk, "mine.com")
    done = import_all(alice, csv_of("new.com", "mine.com", "nas.local"))
    import_all(alice, csv_of("later.com"))
    yours, invalid = skipped_rows(find(alice.pk, done.pk))
    assert (yours.line, yours.domain, yours.error) == (3, "mine.com", "You have this domain already.")
    assert (invalid.line, done.skipped) == (4, 2)
