"""What nobody is expected to send, and moments that hardly ever come: a sentence, and nothing lost or charged."""

import threading
import time
from datetime import timedelta

import pytest
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.db import connections, transaction
from django.urls import reverse
from django.utils import timezone

from brands import editing
from brands.bulk_import import work
from brands.bulk_import.rows import read_csv
from brands.bulk_import.skipped import skipped_rows
from brands.bulk_import.start import find, forget_old_quotes, save_quote, start
from brands.bulk_import.work import work_one
from brands.choosing import Chosen
from brands.errors import BadDomain, UnknownBrand, UnknownImport
from brands.exports import export
from brands.importing import import_domain
from brands.models import Brand, Category, CsvImport, Export
from brands.names import parse_domain
from brands.pages.analysis_panel import panel_of
from brands.testing.csv_files import claim, csv_of, csv_with, import_all, queue, stage
from brands.testing.rows import make_analysis, make_brand
from tokens import jobs
from tokens.ledger.wallet import get_token_balance, read_wallet
from tokens.models import TokenUsage
from tokens.purchases.lifecycle import simulate_token_purchase
from tokens.spending.holds import capture

pytestmark = pytest.mark.django_db
HUGE = 10**30


@pytest.mark.parametrize("inside", ["\n", "\r\n", "\t", " ", "\x00", "\x7f", "\u3000"])
def test_two_domains_in_one_text_are_never_joined_to_a_third(inside):
    with pytest.raises(BadDomain, match="Enter one domain at a time"):
        parse_domain(f"foo.com{inside}bar.com")
    assert parse_domain(" foo.com\n").domain == "foo.com"


@pytest.mark.parametrize(
    ("verb", "path"),
    [
        ("get", f"/api/domains/{HUGE}"),
        ("delete", f"/api/domains/{HUGE}"),
        ("post", f"/api/domains/{HUGE}/analyze"),
        ("get", f"/api/domains/{HUGE}/analyses/{HUGE}"),
        ("get", f"/domains/{HUGE}"),
        ("post", f"/domains/{HUGE}/analyze"),
        ("post", f"/domains/{HUGE}/delete"),
    ],
)
def test_a_number_that_no_row_can_have_is_not_found(alice_page, alice, verb, path):
    assert getattr(alice_page, verb)(path).status_code == 404
    own = make_brand(alice)
    assert alice_page.get(f"/api/domains/{own.pk}/analyses/{HUGE}").status_code == 404


def test_a_brand_that_is_deleted_while_it_is_edited_is_unknown(alice):
    brand = editing.find(alice.pk, make_brand(alice).pk)
    editing.remove(alice.pk, [brand.pk])
    with pytest.raises(UnknownBrand):
        editing.edit(brand, {"tagline": "Too late"})
    assert Brand.objects.count() == 0


def test_an_edit_changes_the_row_and_when_it_was_changed(alice):
    brand = make_brand(alice)
    edited = editing.edit(brand, {"name": "Deep Sea", "category": "tech"})
    kept = Brand.objects.get()
    assert (kept.name, kept.slug, kept.category_id, kept.updated_at) == (
        "Deep Sea",
        "deep-sea",
        "tech",
        edited.updated_at,
    )
    assert kept.updated_at > kept.created_at


def test_an_analysis_of_an_older_shape_still_shows(alice):
    brand = make_brand(alice)
    make_analysis(brand, result={"name": "Deep Sea"})
    assert [(row.field, row.suggested) for row in panel_of(brand).rows][:2] == [("name", "Deep Sea"), ("category", "")]


# --- pages -----------------------------------------------------------------------------------


def test_an_export_form_that_is_sent_again_for_something_else_is_another_export(alice_page, alice, settings, tmp_path):
    settings.MEDIA_ROOT = str(tmp_path)
    simulate_token_purchase(alice.pk, "starter")
    make_brand(alice)
    sent = {"format": "json", "form_key": "one page"}
    first = alice_page.post("/domains/exports", sent, follow=True)
    again = alice_page.post("/domains/exports", sent, follow=True)
    assert "1 domain exported for 10 tokens; 90 left." in first.text
    usage = TokenUsage.objects.get()
    assert f"This is the file you exported at {usage.created_at:%H:%M} UTC; nothing was charged." in again.text
    assert "80 left" in alice_page.post("/domains/exports", {**sent, "format": "csv"}, follow=True).text
    assert Export.objects.count() == 2


@pytest.mark.parametrize("path", ["/domains/", "/domains/exports"])
def test_pages_whose_forms_work_once_are_not_kept_by_browsers(alice_page, path):
    assert "no-store" in alice_page.get(path)["Cache-Control"]


def test_too_much_pasted_text_leads_to_the_file_itself(alice_page):
    address = reverse("brands:csv")
    assert "You can paste up to 2.5 MB" in alice_page.get(address).content.decode().replace("\xa0", " ")
    answer = alice_page.post(address, {"text": "domain\n" + "x" * 3_000_000})
    assert answer.status_code == 413
    assert (
        "A request may have at most 2,621,440 bytes besides its files. Send less, or send the data as a file."
        in answer.text
    )


# --- files -------------------------------------------------------------------------------------


def test_lines_taken_for_comments_are_counted_where_a_row_could_be():
    file = read_csv(b"# made by hand\ndomain,name\nocean.com,\n#1domain.com,\n # and so on,\n")
    assert file.notices == ("2 lines after the first begin with a #, as a comment does: not imported.",)
    assert read_csv(b'# made by hand\ndomain,name\nocean.com,"a\n#b"\n').notices == ()


@pytest.mark.parametrize("first", ["sep=;", '"sep=;"', "SEP=;\r"])
def test_the_line_that_excel_puts_first_is_no_header(first):
    rows = list(read_csv(f"{first}\ndomain;name\nocean.com;Ocean\n".encode()).rows([]))
    assert [(row.line, row.domain, row.fields) for row in rows] == [(3, "ocean.com", {"name": "Ocean"})]


def test_ten_thousand_rows_are_enough_at_every_door(api, alice, alice_page):
    data = csv_with(10_001)
    answer = api(alice).post("/api/domains/import", data, content_type="text/csv")
    assert (answer.status_code, answer.json()["detail"]) == (
        413,
        "The file has more than 10,000 rows. Split it, and import the parts.",
    )
    page = alice_page.post(reverse("brands:csv"), {"text": data.decode()})
    assert (page.status_code, "more than 10,000 rows" in page.text) == (400, True)
    assert CsvImport.objects.count() == 0


# --- imports -------------------------------------------------------------------------------------


def test_what_was_yours_already_is_listed_once_the_import_is_done(alice):
    import_domain(alice.pk, "mine.com")
    done = import_all(alice, csv_of("new.com", "mine.com", "nas.local"))
    import_all(alice, csv_of("later.com"))
    yours, invalid = skipped_rows(find(alice.pk, done.pk))
    assert (yours.line, yours.domain, yours.error) == (3, "mine.com", "You have this domain already.")
    assert (invalid.line, done.skipped) == (4, 2)


def test_whoever_waits_does_not_read_the_file_each_time(alice, django_assert_num_queries):
    for kept in (queue(alice, csv_of("ocean.com")), save_quote(alice.pk, csv_of("sea.com"))):
        with django_assert_num_queries(1):
            assert "content" in find(alice.pk, kept.pk).get_deferred_fields()


def test_of_many_quotes_the_latest_twenty_of_each_user_stay(alice, bob):
    of_bob = save_quote(bob.pk, csv_of("sea.com"))
    quotes = [save_quote(alice.pk, csv_of(f"ocean{number}.com")) for number in range(22)]
    started = start(quotes[0])
    assert (forget_old_quotes(), forget_old_quotes()) == (1, 0)
    kept = {*CsvImport.objects.values_list("pk", flat=True)}
    assert kept == {of_bob.pk, started.pk, *(quote.pk for quote in quotes[2:])}


def test_forgetting_quotes_reads_no_content(alice, django_assert_num_queries):
    for number in range(3):
        save_quote(alice.pk, csv_of(f"ocean{number}.com"))
    CsvImport.objects.update(created_at="2026-01-01T00:00Z")
    with django_assert_num_queries(10) as statements:
        assert forget_old_quotes() == 3
    assert not [each["sql"] for each in statements.captured_queries if '"content"' in each["sql"]]


def test_a_quote_that_was_deleted_as_a_twin_is_unknown_when_it_is_started_again(alice):
    first, twin = (save_quote(alice.pk, csv_of("ocean.com")) for _ in range(2))
    assert start(first) == start(twin)
    with pytest.raises(UnknownImport):
        start(twin)


def test_workers_that_end_in_order_do_not_use_up_the_attempts(alice):
    queued = queue(alice, csv_with(3))
    for _ in range(work.MOST_ATTEMPTS + 1):
        work._give_back(claim())
    work_one()
    queued.refresh_from_db()
    assert (queued.status, queued.imported, queued.attempts) == ("done", 3, 1)


def test_a_category_that_is_removed_meanwhile_fails_the_import_as_a_whole(alice):
    simulate_token_purchase(alice.pk, "starter")
    Category.objects.create(key="fishing", name="Fishing", position=99)
    queued = queue(alice, b"domain,category\nocean.com,fishing\nsea.com,\n")
    Category.objects.filter(key="fishing").delete()
    work_one()
    queued.refresh_from_db()
    assert (queued.status, Brand.objects.count(), get_token_balance(alice.pk)) == ("failed", 0, 100)
    assert queued.error == "Rows that were new are no longer valid: a category may have been removed. Send it again."


@pytest.mark.parametrize("rows", [2, 60])
def test_a_worker_that_was_late_charges_and_shows_nothing(alice, rows):
    simulate_token_purchase(alice.pk, "starter")
    queue(alice, csv_with(rows))
    late = claim()
    *first, last = work._batches(late, [])
    stage(late, *first)
    CsvImport.objects.update(attempts=2)
    with pytest.raises(work.LeaseLost), transaction.atomic():
        work._finish(late, last)
    assert [*CsvImport.objects.values_list("status", "tokens_spent", "imported")] == [("running", 0, 0)]
    assert Brand.objects.visible().count() == 0
    assert (get_token_balance(alice.pk), read_wallet(alice.pk).held) == (98 - rows, rows + 2)
    assert [usage.status for usage in TokenUsage.objects.all()] == ["held"] * 2


def test_tokens_that_their_owner_captured_himself_are_not_said_to_be_back(alice, alice_page):
    simulate_token_purchase(alice.pk, "starter")
    queued = queue(alice, csv_with(2))
    capture(queued.hold)
    work_one()
    queued.refresh_from_db()
    assert (queued.status, queued.tokens_spent, get_token_balance(alice.pk)) == ("failed", 2, 98)
    assert queued.error == "The tokens on hold for this import were captured in the meantime. Start again."
    said = " ".join(alice_page.get(reverse("brands:csv_import", args=[queued.pk])).text.split())
    assert ("Nothing was charged" in said, "2 tokens on hold had already been captured" in said) == (False, True)


# --- the rest ---------------------------------------------------------------------------------------


def test_one_file_that_cannot_be_deleted_stops_no_other(alice, settings, tmp_path, monkeypatch, caplog):
    settings.MEDIA_ROOT = str(tmp_path)
    simulate_token_purchase(alice.pk, "starter")
    make_brand(alice)
    stuck, other = (export.export(alice.pk, Chosen(), "json").export for _ in range(2))
    Export.objects.update(expires_at=timezone.now() - timedelta(days=1))
    delete = default_storage.delete

    def refuse(name):
        if name == stuck.file.name:
            raise PermissionError(name)
        delete(name)

    monkeypatch.setattr(default_storage, "delete", refuse)
    assert export.delete_old() == 1
    assert [*Export.objects.values_list("pk", flat=True)] == [stuck.pk]
    assert str(stuck.pk) in caplog.text
    assert not default_storage.exists(str(other.file.name))


def test_a_proof_that_cannot_be_written_is_an_error_in_a_sentence(tmp_path):
    (tmp_path / "mine.csv").write_bytes(csv_of("ocean.com"))
    with pytest.raises(CommandError, match=r"The verification file can't be written to .*: No such file or directory"):
        call_command("verify_import", pre_check=tmp_path / "mine.csv", proof=tmp_path / "none" / "proof.json")


def test_domains_are_queried_by_type_and_test(alice, capsys):
    make_brand(alice, "a.com", brand_type="blog")
    make_brand(alice, "b.com", is_test=True)
    for args, domain in ((["--type", "blog"], "a.com"), (["--test", "true"], "b.com"), (["--test", "false"], "a.com")):
        call_command("query_by_tier", *args)
        out = capsys.readouterr().out
        assert (out.split()[0], out.endswith("1 domain.\n")) == (domain, True)


def test_a_connection_that_cannot_be_looked_at_does_not_end_a_thread(monkeypatch):
    calls: list[int] = []

    def refuse():
        calls.append(1)
        raise OSError

    kind = jobs.Kind("stones turned", lambda: False, 1)
    monkeypatch.setattr(jobs, "close_old_connections", refuse)
    monkeypatch.setattr(jobs, "AFTER_A_FAULT", 0)
    monkeypatch.setattr(jobs.stopping, "is_set", lambda: len(calls) == 2)
    monkeypatch.setattr(connections, "close_all", lambda: None)
    jobs._keep_looking(kind)
    assert len(calls) == 2


def test_stopping_has_one_deadline_for_all_threads(monkeypatch):
    monkeypatch.setattr(jobs, "SECONDS_TO_STOP", 0.2)
    end = threading.Event()
    threads = [threading.Thread(target=end.wait, args=[5], daemon=True) for _ in range(10)]
    for thread in threads:
        thread.start()
    began = time.monotonic()
    try:
        jobs.stop_threads(threads)
        assert time.monotonic() - began < 1
    finally:
        end.set()
        jobs.stop_threads(threads)
    assert not jobs.stopping.is_set()
