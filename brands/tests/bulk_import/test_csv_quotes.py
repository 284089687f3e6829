"""Quotes of CSV imports: nothing is changed by one, the latest are kept, and each starts one import."""

import pytest

from brands.bulk_import.quote import quote_csv
from brands.bulk_import.start import find, forget_old_quotes, quote_of, save_quote, start
from brands.errors import UnknownImport
from brands.importing import import_domain
from brands.models import CsvImport
from brands.testing.csv_files import csv_of, csv_with, queue
from tokens.ledger.wallet import read_wallet
from tokens.models import TokenUsage
from tokens.purchases.lifecycle import simulate_token_purchase
from tokens.testing.races import at_once

pytestmark = pytest.mark.django_db
LONG_AGO = "2026-01-01T00:00Z"


def test_a_quote_changes_nothing_and_judges_every_row(alice):
    import_domain(alice.pk, "mine.com")
    quote = quote_csv(alice.pk, csv_of("new.com", "NEW.com", "mine.com", "nas.local"))
    assert [(row.line, row.verdict) for row in quote.rows] == [
        (2, "new"),
        (3, "duplicate"),
        (4, "already_yours"),
        (5, "invalid"),
    ]
    assert (quote.payment.counts, quote.payment.tokens) == ({"free": 1}, 0)
    assert CsvImport.objects.count() == 0


def test_quotes_that_nobody_started_are_forgotten_after_a_day(alice):
    old, started = save_quote(alice.pk, csv_with(1)), queue(alice, csv_with(2))
    CsvImport.objects.update(created_at=LONG_AGO)
    fresh = save_quote(alice.pk, csv_with(3))
    assert forget_old_quotes() == 1
    assert set(CsvImport.objects.values_list("pk", flat=True)) == {started.pk, fresh.pk}
    assert not CsvImport.objects.filter(pk=old.pk).exists()
    assert quote_of(fresh).counts["new"] == 3


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_eight_starts_of_one_quote_at_once_hold_once(alice):
    simulate_token_purchase(alice.pk, "pro")
    quoted = save_quote(alice.pk, csv_with(30))
    assert at_once(lambda _: start(quoted).status) == ["queued"] * 8
    assert (read_wallet(alice.pk).held, TokenUsage.objects.count()) == (32, 2)


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
