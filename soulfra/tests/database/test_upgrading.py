"""A database that version 0.9.0 has filled is migrated, has the schema of a new one, and its books are right."""

import gzip
import re
import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
import time_machine
from django.core.management import call_command
from django.db import connection

from devtools.testing import migrated, other_database
from tokens.models import Purchase, TokenUsage, Wallet
from tokens.reports.audit import audit
from tokens.spending.holds import capture
from tokens.spending.spends import spend

FILLED = Path(__file__).parent / "filled_0_9_0"
WALLETS = "SELECT user_id, balance, held, frozen FROM wallets ORDER BY user_id"
SPENT = "SELECT user_id, action, tokens, count FROM usage_totals ORDER BY user_id, action"
PURCHASES = "SELECT id, user_id, status, amount_cents, paid_cents, tokens, tokens_reversed FROM purchases ORDER BY id"

SCHEMA = {
    "sqlite": ["SELECT type, name, tbl_name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_stat%'"],
    "postgresql": [
        """SELECT table_name, column_name, data_type, character_maximum_length, is_nullable, column_default,
           is_identity, is_generated FROM information_schema.columns WHERE table_schema = 'public'""",
        "SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'",
        """SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
           WHERE connamespace = 'public'::regnamespace""",
        """SELECT tgrelid::regclass::text, tgname, pg_get_triggerdef(oid), tgenabled::text FROM pg_trigger
           WHERE NOT tgisinternal""",
        "SELECT proname, pg_get_functiondef(oid) FROM pg_proc WHERE pronamespace = 'public'::regnamespace",
        "SELECT sequencename, data_type::text, increment_by, cycle FROM pg_sequences WHERE schemaname = 'public'",
        "SELECT relname, coalesce(reloptions::text, '') FROM pg_class WHERE relnamespace = 'public'::regnamespace",
    ],
}


@pytest.fixture
def filled(tmp_path, django_db_setup, django_db_blocker):
    """The database of 0.9.0 in the place of ours, before any migration."""
    script = gzip.decompress((FILLED / f"{connection.vendor}.sql.gz").read_bytes()).decode()
    with django_db_blocker.unblock(), other_database.in_place(tmp_path, script=script) as there:
        yield there


def test_a_database_of_0_9_0_has_the_schema_of_a_new_one_and_right_books(filled, tmp_path, capsys):
    before = [rows(filled, question) for question in (WALLETS, SPENT, PURCHASES)]
    call_command("migrate", verbosity=0)
    assert audit() == []
    call_command("check_ledger")
    assert capsys.readouterr().out.startswith("The ledger is correct: 5 wallets")
    assert [rows(filled, question) for question in (WALLETS, SPENT, PURCHASES)] == before
    ours, fresh = schema_of(filled), fresh_schema(filled.vendor, tmp_path)
    assert (ours - fresh, fresh - ours) == (set(), set())
    the_shop_goes_on()
    call_command("migrate", verbosity=0)
    assert audit() == []


def the_shop_goes_on():
    """What was spent with a key stays spent, what was held is captured, and the next spend is one."""
    wallet = Wallet.objects.get(user__username="alice")
    before, held = wallet.balance, TokenUsage.objects.held().get(user=wallet.pk, tokens_spent=7)
    assert held.expires_at
    with time_machine.travel(held.expires_at - timedelta(minutes=1)):
        assert spend(wallet.pk, "ai_analysis", idempotency_key="one").number <= wallet.last_number
        capture(held, tokens=6)
        spend(wallet.pk, "data_export")
    wallet.refresh_from_db()
    assert wallet.balance == before + 1 - 10
    assert Purchase.objects.paid().count() == 10


def fresh_schema(vendor, directory):
    if vendor == "sqlite":
        migrated.new_sqlite(directory / "fresh.db")
        with closing(sqlite3.connect(directory / "fresh.db")) as fresh:
            return {as_meant(row) for question in SCHEMA[vendor] for row in fresh.execute(question)}
    with migrated.postgresql() as address, psycopg.connect(address) as fresh:
        return {as_meant(row) for question in SCHEMA[vendor] for row in fresh.execute(question)}


def schema_of(there):
    return {as_meant(row) for question in SCHEMA[there.vendor] for row in rows(there, question)}


def as_meant(row):
    """A dump has the same conditions with other casts and brackets, since it was read and written once more."""
    return tuple(re.sub(r"::[a-z]+( varying)?(\[\])?|[()]", "", str(value)) for value in row)


def rows(there, question):
    with there.cursor() as cursor:
        cursor.execute(question)
        return cursor.fetchall()
