"""Workers of CSV imports: any number of them at once, and some that die, end or are late."""

import pytest
from django.db import OperationalError, transaction

from brands.bulk_import import work as working
from brands.bulk_import.start import start_file
from brands.bulk_import.work import work, work_one
from brands.models import Brand, CsvImport
from brands.testing.csv_files import claim, csv_of, csv_with, queue, stage
from brands.testing.rows import domains_of, free_ones
from tokens import jobs
from tokens.ledger.wallet import get_token_balance, read_wallet
from tokens.models import TokenUsage, Wallet
from tokens.purchases.lifecycle import simulate_token_purchase
from tokens.testing.ledger_rows import make_lot
from tokens.testing.races import at_once

pytestmark = pytest.mark.django_db
LONG_AGO = "2026-01-01T00:00Z"


def test_an_import_whose_worker_died_is_taken_over_and_the_dead_one_changes_nothing_any_more(alice):
    simulate_token_purchase(alice.pk, "pro")
    queued = queue(alice, csv_with(120))
    dead = claim()
    first, second, _ = working._batches(dead, [])
    stage(dead, first)
    assert work_one() is False  # the lease holds
    CsvImport.objects.update(lease_until=LONG_AGO)
    assert work_one() is True
    with pytest.raises(working.LeaseLost):
        stage(dead, second)
    working._fail(dead, "late report of a dead worker")
    queued.refresh_from_db()
    assert (queued.status, queued.attempts, queued.imported, queued.error) == ("done", 2, 120, "")
    assert (Brand.objects.count(), get_token_balance(alice.pk)) == (120, 378)


@pytest.mark.parametrize("when", ["staging", "the end"])
def test_an_import_that_meets_a_database_in_trouble_is_left_to_its_lease_and_has_not_failed(alice, monkeypatch, when):
    simulate_token_purchase(alice.pk, "pro")
    queued, step = queue(alice, csv_with(120)), {"staging": "_stage", "the end": "_finish"}[when]

    def lose_the_connection(*args):
        raise OperationalError("terminating connection due to administrator command")

    with monkeypatch.context() as patched:
        patched.setattr(working, step, lose_the_connection)
        with pytest.raises(OperationalError):
            work_one()
    queued.refresh_from_db()
    assert (queued.status, queued.error, queued.imported) == ("running", "", 0)
    CsvImport.objects.update(lease_until=LONG_AGO)
    assert work_one() is True
    queued.refresh_from_db()
    assert (queued.status, queued.imported, get_token_balance(alice.pk)) == ("done", 120, 378)


def test_an_import_over_which_every_worker_dies_is_given_up(alice):
    simulate_token_purchase(alice.pk, "starter")
    queued = queue(alice, csv_with(3))
    CsvImport.objects.update(status="running", attempts=5, lease_until=LONG_AGO)
    work_one()
    queued.refresh_from_db()
    assert (queued.status, queued.error) == ("failed", "The import was interrupted repeatedly. Start it again.")
    assert (get_token_balance(alice.pk), read_wallet(alice.pk).held) == (100, 0)


def test_a_worker_that_is_asked_to_end_leaves_the_import_to_the_next_one_at_once(alice):
    simulate_token_purchase(alice.pk, "starter")
    queued = queue(alice, csv_with(3))
    jobs.stopping.set()
    try:
        work_one()
    finally:
        jobs.stopping.clear()
    assert (CsvImport.objects.get().status, Brand.objects.count()) == ("queued", 0)
    assert work_one() is True
    queued.refresh_from_db()
    assert (queued.status, queued.imported) == ("done", 3)


def test_imports_of_several_users_are_worked_in_the_order_they_came(alice, bob):
    first, second = queue(alice, csv_with(2)), queue(bob, csv_with(2))
    work_one()
    assert CsvImport.objects.get(pk=first.pk).status == "done"
    work(claim())
    assert CsvImport.objects.get(pk=second.pk).status == "done"


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_eight_imports_at_once_at_the_free_limit_with_tokens_for_three(alice):
    free_ones(alice, 10)
    make_lot(alice, tokens=9, paid_cents=90)
    outcomes = at_once(lambda number: start_file(alice.pk, csv_of(f"new{number}.com")).status)
    assert sorted(str(outcome) for outcome in outcomes) == [
        *["Buy tokens or upgrade subscription"] * 5,
        *["queued"] * 3,
    ]
    assert at_once(lambda _: work_one()).count(True) <= 3
    while work_one():
        pass
    assert list(CsvImport.objects.values_list("status", "imported", "tokens_spent")) == [("done", 1, 3)] * 3
    assert (len(domains_of(alice)), Wallet.objects.get().balance, Brand.objects.filter(is_staged=True).count()) == (
        13,
        0,
        0,
    )


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_eight_workers_at_once_import_a_file_once(alice):
    simulate_token_purchase(alice.pk, "pro")
    queued = queue(alice, csv_with(120))
    assert sorted(at_once(lambda _: work_one())) == [False] * 7 + [True]
    queued.refresh_from_db()
    assert (queued.status, queued.attempts, queued.imported, get_token_balance(alice.pk)) == ("done", 1, 120, 378)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_files_with_the_same_domains_worked_at_once_import_and_charge_each_domain_once(alice):
    simulate_token_purchase(alice.pk, "premium")
    for first, end in ((0, 30), (15, 45), (0, 120), (40, 130)):
        queue(alice, csv_of(*(f"new{number}.com" for number in range(first, end))))
    while any(at_once(lambda _: work_one())):
        pass
    done = CsvImport.objects.filter(status="done")
    assert (done.count(), sum(done.values_list("imported", flat=True)), len(domains_of(alice))) == (4, 130, 130)
    spent = sum(done.values_list("tokens_spent", flat=True))
    fees = 2 * done.filter(imported__gt=0).count()
    assert (spent, get_token_balance(alice.pk), read_wallet(alice.pk).held) == (130 + fees, 1000 - 130 - fees, 0)
    assert Brand.objects.filter(is_staged=True).count() == 0


def test_workers_that_end_in_order_do_not_use_up_the_attempts(alice):
    queued = queue(alice, csv_with(3))
    for _ in range(working.MOST_ATTEMPTS + 1):
        working._give_back(claim())
    work_one()
    queued.refresh_from_db()
    assert (queued.status, queued.imported, queued.attempts) == ("done", 3, 1)


@pytest.mark.parametrize("rows", [2, 60])
def test_a_worker_that_was_late_charges_and_shows_nothing(alice, rows):
    simulate_token_purchase(alice.pk, "starter")
    queue(alice, csv_with(rows))
    late = claim()
    *first, last = working._batches(late, [])
    stage(late, *first)
    CsvImport.objects.update(attempts=2)
    with pytest.raises(working.LeaseLost), transaction.atomic():
        working._finish(late, last)
    assert [*CsvImport.objects.values_list("status", "tokens_spent", "imported")] == [("running", 0, 0)]
    assert Brand.objects.visible().count() == 0
    assert (get_token_balance(alice.pk), read_wallet(alice.pk).held) == (98 - rows, rows + 2)
    assert [usage.status for usage in TokenUsage.objects.all()] == ["held"] * 2
