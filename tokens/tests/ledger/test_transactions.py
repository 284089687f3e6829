"""A transaction that the database could not serialize is run again, whole; nothing else is."""

import threading

import psycopg
import pytest
from django.db import OperationalError, transaction

from tokens.ledger.wallet import lock_wallet
from tokens.models import StripeEvent, Wallet
from tokens.testing.races import at_once
from tokens.transactions import money_transaction
from tokens.webhooks import inbox

ON_ITS_OWN = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
AGAIN = ["40001", "40P01"]
PAYLOAD = {"id": "evt_1", "type": "test.event", "livemode": False, "data": {"object": {}}}


def as_django_raises(sqlstate):
    error = OperationalError(f"SQLSTATE {sqlstate}")
    error.__cause__ = psycopg.errors.lookup(sqlstate)()
    return error


class Movement:
    """Writes one wallet, then meets the given errors: one in each run, until none is left."""

    def __init__(self, user, *errors):
        self.user, self.errors, self.runs = user, list(errors), 0

    def __call__(self):
        self.runs += 1
        Wallet.objects.create(user=self.user)
        if self.errors:
            raise self.errors.pop(0)
        return "moved"


class TestOnItsOwn:
    pytestmark = ON_ITS_OWN

    @pytest.mark.parametrize("sqlstate", AGAIN)
    def test_what_could_not_be_serialized_is_undone_run_again_and_succeeds(self, alice, sqlstate):
        move = Movement(alice, as_django_raises(sqlstate), as_django_raises(sqlstate))
        assert money_transaction(move)() == "moved"
        assert (move.runs, Wallet.objects.count()) == (3, 1)

    @pytest.mark.parametrize("error", [as_django_raises("55P03"), OperationalError("no cause"), ValueError("no")])
    def test_any_other_error_is_raised_at_once(self, alice, error):
        move = Movement(alice, error)
        with pytest.raises(type(error)) as raised:
            money_transaction(move)()
        assert (raised.value, move.runs, Wallet.objects.count()) == (error, 1, 0)

    def test_the_fifth_failure_is_raised(self, alice):
        errors = [as_django_raises("40001") for _ in range(6)]
        move = Movement(alice, *errors)
        with pytest.raises(OperationalError) as raised:
            money_transaction(move)()
        assert (raised.value, move.runs, Wallet.objects.count()) == (errors[4], 5, 0)

    def test_the_fifth_attempt_may_still_succeed(self, alice):
        move = Movement(alice, *(as_django_raises("40001") for _ in range(4)))
        assert (money_transaction(move)(), move.runs) == ("moved", 5)

    @pytest.mark.breaks_the_books
    def test_two_that_wait_for_each_other_both_come_through(self, alice, bob):
        runs, both_hold_one = [], threading.Barrier(2)
        for user in (alice, bob):
            Wallet.objects.create(user=user)

        @money_transaction
        def give_one(giver, taker):
            runs.append(giver.pk)
            mine = lock_wallet(giver.pk)
            if len(runs) <= 2:  # whoever is run again finds the other gone
                both_hold_one.wait(timeout=20)
            theirs = lock_wallet(taker.pk)
            for wallet in (mine, theirs):
                Wallet.objects.filter(pk=wallet.pk).update(balance=wallet.balance + 1)
            return "given"

        outcomes = at_once(lambda number: give_one(*[(alice, bob), (bob, alice)][number]), times=2)
        assert outcomes == ["given", "given"]
        assert len(runs) in (3, 4)  # whoever is run again may hold the other one up once more
        assert list(Wallet.objects.values_list("balance", flat=True)) == [2, 2]

    @pytest.mark.parametrize("sqlstate", AGAIN)
    def test_an_event_that_could_not_be_serialized_is_worked_again_and_has_not_failed(
        self, alice, monkeypatch, sqlstate
    ):
        move = Movement(alice, as_django_raises(sqlstate))
        monkeypatch.setitem(inbox._handlers, "test.event", [(lambda _: move(), None)])
        event = inbox.receive(PAYLOAD)
        assert (event.status, event.attempts, event.last_error) == ("done", 1, "")
        assert (move.runs, Wallet.objects.count()) == (2, 1)

    def test_an_event_that_can_never_be_serialized_is_raised_and_not_noted_as_failed(self, alice, monkeypatch):
        move = Movement(alice, *(as_django_raises("40001") for _ in range(5)))
        monkeypatch.setitem(inbox._handlers, "test.event", [(lambda _: move(), None)])
        with pytest.raises(OperationalError):
            inbox.receive(PAYLOAD)
        event = StripeEvent.objects.get()
        assert (event.status, event.attempts, event.last_error) == ("pending", 0, "")

    def test_an_event_that_meets_any_other_database_error_is_noted_as_failed(self, alice, monkeypatch):
        move = Movement(alice, as_django_raises("22003"))
        monkeypatch.setitem(inbox._handlers, "test.event", [(lambda _: move(), None)])
        event = inbox.receive(PAYLOAD)
        assert (event.status, event.attempts, event.last_error) == ("failed", 1, "OperationalError: SQLSTATE 22003")


@pytest.mark.django_db
def test_inside_another_transaction_nothing_is_run_again(alice):
    move = Movement(alice, as_django_raises("40001"))
    with pytest.raises(OperationalError), transaction.atomic():
        money_transaction(move)()
    assert (move.runs, Wallet.objects.count()) == (1, 0)
