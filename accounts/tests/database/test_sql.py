"""A statement run without a cursor, on either database."""

from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.db.transaction import TransactionManagementError
from django.utils import timezone

from accounts import sql
from accounts.models import User

RENAME = "UPDATE accounts_user SET first_name = %(name)s, last_login = %(now)s WHERE id = %(pk)s"
TWICE = "INSERT INTO accounts_user SELECT * FROM accounts_user WHERE id = %s"


@pytest.mark.django_db
def test_values_are_kept_as_the_orm_reads_them(alice: User) -> None:
    now = timezone.now()
    for name in ("50 %", "%s", "%(pk)s", ":pk", "?", "it's"):
        assert sql.run(f"{RENAME} RETURNING first_name, 7 %% 4", {"name": name, "now": now, "pk": alice.pk}) == [
            (name, 3)
        ]
        alice.refresh_from_db()
        assert (alice.first_name, alice.last_login) == (name, now)


@pytest.mark.django_db
def test_a_statement_without_rows_answers_none(alice: User) -> None:
    assert sql.run(RENAME, {"name": "", "now": None, "pk": -1}) == []


@pytest.mark.django_db
def test_what_the_database_refuses_is_djangos_error_and_breaks_the_transaction(alice: User) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        sql.run(TWICE, [alice.pk])
    with transaction.atomic():
        with pytest.raises(IntegrityError), transaction.atomic(savepoint=False):
            sql.run(TWICE, [alice.pk])
        with pytest.raises(TransactionManagementError):
            sql.run("SELECT 1", [])


@pytest.mark.django_db(transaction=True)
def test_a_statement_belongs_to_the_transaction_around_it(alice: User) -> None:
    for name in ("first", "second", "third"):
        with transaction.atomic():
            sql.run(RENAME, {"name": name, "now": None, "pk": alice.pk})
            transaction.set_rollback(True)
    alice.refresh_from_db()
    assert alice.first_name == ""


@pytest.mark.django_db
def test_whoever_counts_statements_sees_them(alice: User, django_assert_num_queries: Any) -> None:
    sql.run(RENAME, {"name": "", "now": None, "pk": alice.pk})
    with django_assert_num_queries(2):
        for name in ("a", "b"):
            sql.run(RENAME, {"name": name, "now": None, "pk": alice.pk})
