"""Statements run without a cursor: what they answer, and how they fail, is what a cursor would say."""

from __future__ import annotations

import gc
import threading
import time
import weakref
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from django.db import DataError, IntegrityError, OperationalError, connection, transaction

from accounts import sql
from accounts.models import User

pytestmark = pytest.mark.postgres

VALUES: dict[str, tuple[Any, str]] = {
    "a small number": (7, "integer"),
    "a large number": (2**40, "bigint"),
    "a decimal": (Decimal("1.50"), "numeric"),
    "text": ("50 % of 'it' — ✓", "text"),
    "no text": ("", "text"),
    "a moment": (datetime(2026, 2, 28, 23, 59, 59, 999999, UTC), "timestamptz"),
    "a UUID": (UUID("00112233-4455-6677-8899-aabbccddeeff"), "uuid"),
    "a truth": (True, "boolean"),
    "bytes": (b"\x00\xff", "bytea"),
    "a list": (["a", "b"], "varchar[]"),
    "nothing": (None, "bigint"),
}
# Once as it comes, and then as often as it takes to be prepared.
OFTEN = range(5)
PREPARED = "SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE %s"


@pytest.mark.django_db
@pytest.mark.parametrize(("value", "type"), VALUES.values(), ids=list(VALUES))
def test_a_value_goes_and_comes_as_by_a_cursor(value: Any, type: str) -> None:
    statement = f"SELECT CAST(%s AS {type}), 5 %% 3"
    with connection.cursor() as cursor:
        cursor.execute(statement, [value])
        expected = cursor.fetchall()
    for _ in OFTEN:
        (row,) = sql.run(statement, [value])
        assert [row] == expected
        assert type == "bytea" or row == (value, 2)


@pytest.mark.django_db
def test_a_named_value_may_stand_in_several_places() -> None:
    for number in OFTEN:
        rows = sql.run("SELECT %(b)s::int, %(a)s::int, %(b)s::int", {"a": number, "b": -number, "unused": 1})
        assert rows == [(-number, number, -number)]


@pytest.mark.django_db(transaction=True)
def test_a_violation_is_djangos_error_and_names_the_constraint(alice: User) -> None:
    for _ in OFTEN:
        with pytest.raises(IntegrityError) as raised:
            sql.run("INSERT INTO accounts_user SELECT * FROM accounts_user WHERE id = %s", [alice.pk])
        assert raised.value.__cause__.diag.constraint_name == "accounts_user_pkey"  # type: ignore[union-attr]
        with pytest.raises(DataError):
            sql.run("SELECT 1 / %s", [0])


@pytest.mark.django_db(transaction=True)
def test_what_is_asked_often_is_prepared_and_nothing_is_where_a_pooler_forbids_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for _ in OFTEN:
        sql.run("SELECT %s::int AS asked_often", [1])
    assert sql.run(PREPARED, ["%asked_often%"]) == [(1,)]
    monkeypatch.setattr(connection.connection, "prepare_threshold", None)
    for _ in OFTEN:
        sql.run("SELECT %s::int AS behind_a_pooler", [1])
    assert sql.run(PREPARED, ["%behind_a_pooler%"]) == [(0,)]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("statement", ["DEALLOCATE ALL", "CREATE TEMP TABLE gone (); DROP TABLE gone", "savepoint"])
def test_it_is_prepared_again_after_the_server_was_told_to_forget(statement: str) -> None:
    for _ in OFTEN:
        with connection.cursor() as cursor:
            cursor.execute("SELECT %s::int + 1", [1])  # so that psycopg has something to forget
        assert sql.run("SELECT %s::int AS forgotten", [1]) == [(1,)]
    with transaction.atomic():
        sql.run("SELECT %s::int AS forgotten", [1])
        if statement == "savepoint":
            with pytest.raises(DataError), transaction.atomic():
                sql.run("SELECT 1 / %s", [0])
        else:
            for part in statement.split(";"):
                with connection.cursor() as cursor:
                    cursor.execute(part)
        for number in OFTEN:
            assert sql.run("SELECT %s::int AS forgotten", [number]) == [(number,)]


@pytest.mark.django_db(transaction=True)
def test_a_lost_connection_is_an_operational_error_and_the_next_statement_has_a_new_one() -> None:
    for _ in OFTEN:
        ((pid,),) = sql.run("SELECT pg_backend_pid()", [])
    end(pid)
    with pytest.raises(OperationalError):
        sql.run("SELECT pg_backend_pid()", [])
    connection.close_if_unusable_or_obsolete()
    for _ in OFTEN:
        assert sql.run("SELECT pg_backend_pid()", []) != [(pid,)]


def end(pid: int) -> None:
    other = connection.copy()
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])
    other.close()


@pytest.mark.django_db(transaction=True)
def test_other_threads_go_on_while_it_waits(alice: User) -> None:
    for _ in OFTEN:
        sql.run("SELECT id FROM accounts_user WHERE id = %s FOR UPDATE", [alice.pk])
    is_locked, others = threading.Event(), []

    def lock_for_a_moment() -> None:
        with transaction.atomic():
            others.append(sql.run("SELECT id FROM accounts_user WHERE id = %s FOR UPDATE", [alice.pk]))
            is_locked.set()
            time.sleep(0.2)  # after which this thread has to get its turn, to commit
        connection.close()

    thread = threading.Thread(target=lock_for_a_moment)
    thread.start()
    is_locked.wait()
    assert sql.run("SELECT id FROM accounts_user WHERE id = %s FOR UPDATE", [alice.pk]) == others[0]
    thread.join()


@pytest.mark.django_db(transaction=True)
def test_nothing_keeps_a_connection_that_is_closed() -> None:
    """Granian's idle threads end without closing theirs, which is done when nobody has it any more."""
    for _ in OFTEN:
        sql.run("SELECT %s::int", [1])
    kept = weakref.ref(connection.connection)
    connection.close()
    gc.collect()
    assert kept() is None
