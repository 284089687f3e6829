"""Closing an hour beside those who write entries, and what else a locked wallet promises."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, transaction

from devtools.testing.factories import UserFactory
from tokens.errors import BooksDisagree
from tokens.ledger.hours import seal_until, sealed_until
from tokens.ledger.lots import credit_grant
from tokens.ledger.wallet import lock_existing_wallet, lock_wallet, stop_spending
from tokens.models import Books, Grant, LedgerEntry
from tokens.purchases.lifecycle import simulate_token_purchase
from tokens.spending.spends import spend
from tokens.staff.grants import grant

FUTURE = datetime(2200, 1, 1, 12, tzinfo=UTC)


def in_thread(work):
    done = threading.Event()

    def run():
        try:
            work()
        finally:
            connection.close()
            done.set()

    threading.Thread(target=run, daemon=True).start()
    return done


@pytest.mark.django_db
def test_what_comes_late_counts_in_the_first_open_hour(alice):
    seal_until(FUTURE)
    simulate_token_purchase(alice.pk, "starter")
    assert LedgerEntry.objects.get().hour == FUTURE
    seal_until(FUTURE - timedelta(hours=1))
    assert (sealed_until(), Books.objects.count()) == (FUTURE, 1)


@pytest.mark.django_db
def test_without_books_nothing_is_locked_as_if_it_were(alice):
    simulate_token_purchase(alice.pk, "starter")
    Books.objects.all().delete()
    for lock in (lock_wallet, lock_existing_wallet):
        with pytest.raises(BooksDisagree, match="no books"), transaction.atomic():
            lock(alice.pk)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_closing_waits_for_who_wrote_before_and_nobody_waits_for_the_closing():
    early, late = UserFactory.create(), UserFactory.create()
    for user in (early, late):
        grant(user, tokens=1, reason="a wallet", by=None)
    with transaction.atomic():
        wallet = lock_wallet(early.pk)
        sealed = in_thread(lambda: seal_until(FUTURE))
        assert not sealed.wait(0.5)
        wrote = in_thread(lambda: grant(late, tokens=2, reason="beside a closing", by=None))
        assert wrote.wait(10)
        assert not sealed.is_set()
        credit_grant(wallet, Grant.objects.create(user=early, kind="grant", tokens=2, reason="begun before"))
    assert sealed.wait(10)
    assert LedgerEntry.objects.get(wallet=late.pk, tokens=2).hour == FUTURE
    assert LedgerEntry.objects.get(wallet=early.pk, tokens=2).hour < FUTURE
    assert Books.objects.count() == 1


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_who_waited_for_a_wallet_while_an_hour_was_closed_counts_after_it(alice):
    grant(alice, tokens=1, reason="a wallet", by=None)
    with transaction.atomic():
        lock_wallet(alice.pk)
        wrote = in_thread(lambda: grant(alice, tokens=2, reason="waiting", by=None))
        sealed = in_thread(lambda: seal_until(FUTURE))
        assert not wrote.wait(0.5)
    assert wrote.wait(10)
    assert sealed.wait(10)
    assert LedgerEntry.objects.get(wallet=alice.pk, tokens=2).hour in {FUTURE, LedgerEntry.objects.earliest("id").hour}
    assert Books.objects.get().closed_until == FUTURE


@pytest.mark.django_db
def test_a_wallet_that_outlives_a_spend_is_not_kept(alice):
    simulate_token_purchase(alice.pk, "starter")
    with transaction.atomic():
        wallet = lock_wallet(alice.pk)
        spend(alice, "csv_import")
        with pytest.raises(BooksDisagree, match="has changed since it was read"):
            stop_spending(wallet, at=FUTURE)
    assert spend(alice, "csv_import").balance_after == 96
