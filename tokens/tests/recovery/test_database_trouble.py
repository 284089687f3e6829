"""What counts as a database in trouble, which passes, and what is a fault of the shop's or the caller's."""

import logging
import re
import sqlite3
from contextlib import closing

import psycopg
import pytest
from django import db as base
from django.db import Error, InterfaceError, OperationalError, connection, transaction

from tokens import heartbeat
from tokens.database_trouble import OneLine, trouble_in
from tokens.models import StripeEvent, Wallet
from tokens.webhooks import inbox

PAYLOAD = {"id": "evt_1", "type": "test.event", "livemode": False, "data": {"object": {}}}
TROUBLE = {
    "08006": "connection_failure",
    "08P01": "protocol_violation, as pgbouncer says it",
    "25006": "read_only_sql_transaction",
    "25P03": "idle_in_transaction_session_timeout",
    "40001": "serialization_failure, when all tries failed",
    "40P01": "deadlock_detected",
    "53100": "disk_full",
    "53200": "out_of_memory",
    "53300": "too_many_connections",
    "55P03": "lock_not_available",
    "57014": "query_canceled",
    "57P01": "admin_shutdown",
    "57P02": "crash_shutdown",
    "57P03": "cannot_connect_now",
}
FAULTS = ["22003", "23505", "25P02", "25001", "42501", "42P01", "42P05", "XX000", "P0001"]


def raised_by(act, *arguments):
    """The exception that it ends with, with whatever that came of."""
    try:
        act(*arguments)
    except Exception as error:
        return error
    raise AssertionError("Nothing was raised.")


def of_postgresql(sqlstate):
    """Through Django's own table of the driver's exceptions, whichever database this run is on."""
    cause = psycopg.errors.lookup(sqlstate)("as it is\nCONTEXT: told")
    kinds = (base.OperationalError, base.IntegrityError, base.DataError, base.InternalError, base.ProgrammingError)
    kind = next((kind for kind in kinds if kind.__name__ in [each.__name__ for each in type(cause).__mro__]), Error)
    error = kind(str(cause))
    error.__cause__ = cause
    return error


@pytest.mark.parametrize("sqlstate", TROUBLE)
def test_these_states_are_trouble_in_one_line(sqlstate):
    assert trouble_in(of_postgresql(sqlstate)) == f"database trouble {sqlstate}: as it is CONTEXT: told"


@pytest.mark.parametrize("sqlstate", FAULTS)
def test_these_are_not(sqlstate):
    assert trouble_in(of_postgresql(sqlstate)) is None


def test_a_connection_that_broke_or_was_refused_has_no_state():
    assert (
        trouble_in(OperationalError("server closed the connection")) == "database trouble: server closed the connection"
    )
    assert trouble_in(OperationalError()) == "database trouble: OperationalError"
    cause = raised_by(psycopg.connect, "host=127.0.0.1 port=9 dbname=none connect_timeout=2")
    error = OperationalError(str(cause))
    error.__cause__ = cause
    assert "port 9 failed" in (trouble_in(error) or "")


def test_what_is_raised_while_trouble_is_dealt_with_comes_of_it():
    def work():
        try:
            raise OperationalError("the server is gone")
        finally:
            raise InterfaceError("connection already closed")

    assert (trouble_in(raised_by(work)) or "").startswith("database trouble: the server is gone (")
    assert trouble_in(InterfaceError("the cursor is closed")) is None
    assert trouble_in(ValueError("no")) is trouble_in(None) is None


def test_what_is_raised_in_its_place_is_no_trouble():
    def work():
        try:
            raise OperationalError("the server is gone")
        except OperationalError:
            raise ValueError("a bug, or a refusal") from None

    assert trouble_in(raised_by(work)) is None


@pytest.mark.django_db
def test_the_line_says_where_in_the_shops_code_it_was():
    is_postgresql = connection.vendor == "postgresql"
    say = connection.cursor().execute
    say("SET TRANSACTION READ ONLY" if is_postgresql else "PRAGMA query_only = ON")
    try:
        with transaction.atomic():
            line = trouble_in(raised_by(heartbeat.beat, "test"))
            transaction.set_rollback(True)
    finally:
        if not is_postgresql:
            say("PRAGMA query_only = OFF")
    assert re.search(r"read-?only.* \(tokens/heartbeat.py, line \d+, in beat\)$", line or "")


def of_sqlite(path, *statements, uri=False):
    """What SQLite says to the last of them, as Django raises it."""

    def work():
        with closing(sqlite3.connect(path, timeout=0, uri=uri, isolation_level=None)) as database:
            for each in statements:
                database.execute(each)

    cause = raised_by(work)
    error = OperationalError(str(cause))
    error.__cause__ = cause
    return error


def test_sqlite_has_its_own_words_for_the_same(tmp_path):
    path, insert = str(tmp_path / "shop.db"), "INSERT INTO things VALUES (randomblob(1000000))"
    with closing(sqlite3.connect(path, isolation_level=None)) as owner:
        owner.execute("CREATE TABLE things (id INTEGER)")
        owner.execute("BEGIN IMMEDIATE")
        locked = of_sqlite(path, insert)
        owner.execute("ROLLBACK")
    assert trouble_in(locked) == "database trouble: database is locked"
    full = of_sqlite(path, "PRAGMA max_page_count = 3", insert)
    assert trouble_in(full) == "database trouble: database or disk is full"
    read_only = of_sqlite(f"file:{path}?mode=ro", insert, uri=True)
    assert trouble_in(read_only) == "database trouble: attempt to write a readonly database"
    gone = of_sqlite(str(tmp_path / "none" / "shop.db"), "SELECT 1")
    assert trouble_in(gone) == "database trouble: unable to open database file"
    assert trouble_in(of_sqlite(path, "SELECT * FROM nothing")) is None


def test_the_log_has_a_line_and_no_traceback_and_other_faults_keep_theirs():
    def lines(error):
        record = logging.LogRecord("x", logging.ERROR, "", 1, "Not finished: %s", ("posting",), (None, error, None))
        assert OneLine().filter(record)
        return logging.Formatter().format(record).splitlines()

    assert lines(of_postgresql("57P01")) == ["Not finished: posting: database trouble 57P01: as it is CONTEXT: told"]
    assert lines(ValueError("no"))[0] == "Not finished: posting"
    assert "ValueError: no" in lines(ValueError("no"))[-1]


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("sqlstate", ["55P03", "53100", "57014"])
def test_an_event_that_meets_trouble_is_left_to_the_next_delivery_and_has_not_failed(alice, monkeypatch, sqlstate):
    tries = []

    def handler(subject):
        Wallet.objects.create(user=alice)
        tries.append(subject)
        if len(tries) == 1:
            with connection.cursor() as cursor:
                cursor.execute(f"DO $$BEGIN RAISE 'trouble' USING ERRCODE = '{sqlstate}'; END$$")

    monkeypatch.setitem(inbox._handlers, "test.event", [(handler, None)])
    with pytest.raises(OperationalError):
        inbox.receive(PAYLOAD)
    event = StripeEvent.objects.get()
    assert (event.status, event.attempts, event.last_error, Wallet.objects.count()) == ("pending", 0, "", 0)
    assert inbox.receive(PAYLOAD).status == "done"
    assert (len(tries), Wallet.objects.count()) == (2, 1)


@pytest.mark.postgres
@pytest.mark.django_db
def test_a_transaction_that_goes_on_after_trouble_fails_of_it():
    def work():
        with transaction.atomic(), connection.cursor() as cursor:
            try:
                cursor.execute("DO $$BEGIN RAISE 'full' USING ERRCODE = '53100'; END$$")
            except OperationalError:
                cursor.execute("SELECT 1")

    assert "database trouble 53100" in (trouble_in(raised_by(work)) or "")
