"""`manage.py restore_drill`: a backup is restored beside the shop and audited, and it says until when it is good."""

import gzip
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
import time_machine
from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command
from django.utils import timezone

from devtools.testing import environment, migrated
from devtools.testing.postgres import find_binaries
from devtools.venv import ROOT
from soulfra.backups import scratch
from soulfra.backups.newest import newest_fact
from tokens.models import Wallet
from tokens.staff.grants import grant, grant_tokens
from tokens.testing.sandbox import running_sandbox

SIGN_UP = """
    INSERT INTO accounts_user (username, email, password, first_name, last_name, is_superuser, is_staff, is_active,
        sessions_ended, date_joined)
    VALUES ('carol', 'carol@example.com', '', '', '', false, false, true, 0, '2026-11-05T06:07:08Z')
"""
FILLED = Path(__file__).parent / "filled_0_9_0"


@pytest.fixture
def manage(tmp_path):
    """Runs a command beside a Stripe of its own, with PostgreSQL's programs at hand."""
    with running_sandbox(tmp_path / "sandbox.db") as sandbox:

        def run(*arguments, database):
            env = os.environ | environment.TESTS | {"STRIPE_API_BASE": sandbox.address, "DATABASE_URL": database}
            env["PATH"] = f"{find_binaries()}:{env['PATH']}"
            command = [sys.executable, "manage.py", *map(str, arguments)]
            return subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True)

        yield run


def test_a_backup_of_sqlite_of_an_older_version_is_restored_migrated_and_audited(manage, tmp_path):
    shop, backup = tmp_path / "shop.db", tmp_path / "backup.db"
    with closing(sqlite3.connect(shop)) as old:
        old.executescript(gzip.decompress((FILLED / "sqlite.sql.gz").read_bytes()).decode())
        (newest,) = old.execute("SELECT max(created_at) FROM mails").fetchone()
    made = manage("backup", backup, database=f"sqlite:///{shop}")
    assert made.stdout == f"Backed up to {backup}: {backup.stat().st_size:,} bytes, checked.\n", made.stderr
    before = backup.read_bytes()

    done = manage("restore_drill", backup, database=f"sqlite:///{shop}")
    lines = done.stdout.splitlines()
    assert done.returncode == 0, done.stderr
    assert lines[0] == f"{backup} was restored into a scratch database."
    assert lines[1].startswith("The ledger is correct: 5 wallets, ")
    (good_until,) = [line for line in lines if line.startswith("Good until 2026-11-30 15:")]
    assert good_until >= f"Good until {newest[:19]}"
    assert backup.read_bytes() == before


@pytest.mark.django_db
@pytest.mark.breaks_the_books
def test_a_database_whose_books_are_wrong_is_not_good(alice, capsys):
    grant_tokens(alice.pk, 5, "a gift")
    Wallet.objects.update(balance=6)
    with pytest.raises(CommandError, match=r"The ledger disagrees in 1 place"):
        call_command("check_restored")
    assert "Good until" not in capsys.readouterr().out


@pytest.mark.django_db
def test_an_empty_database_is_not_good(capsys):
    with pytest.raises(CommandError, match=r"It is empty: nothing has ever happened"):
        call_command("check_restored")


@pytest.mark.django_db
def test_the_newest_fact_is_a_moment_at_which_a_row_was_written(alice):
    with time_machine.travel(datetime(2026, 11, 5, 6, 7, 8, tzinfo=UTC), tick=False):
        get_user_model().objects.update(date_joined=timezone.now())
        grant(alice, tokens=5, reason="a gift", by=None, expires_at=timezone.now() + timedelta(days=90))
        assert newest_fact() == timezone.now()


@pytest.mark.django_db
def test_a_stripe_that_cannot_be_asked_is_said(alice, settings, capsys):
    settings.STRIPE_API_BASE, settings.STRIPE_BACKGROUND_SECONDS = "http://127.0.0.1:9", 1
    with pytest.raises(CommandError, match=r"Not everything could be compared with Stripe"):
        call_command("check_restored")
    assert "did not finish" in capsys.readouterr().out


@pytest.mark.postgres
@pytest.mark.parametrize("form", ["custom", "plain"])
def test_a_dump_of_postgresql_is_restored_beside_the_shop_and_gone_afterwards(manage, tmp_path, form):
    """The plain one is of an older version, as it was dumped then; the custom one of this version's."""
    with migrated.postgresql() as address:
        if form == "custom":
            dump = tmp_path / "new.dump"
            with psycopg.connect(address) as shop:
                shop.execute(SIGN_UP)
            subprocess.run([find_binaries() / "pg_dump", "-Fc", f"--file={dump}", libpq(address)], check=True)
        else:
            dump = FILLED / "postgresql.sql.gz"
        done = manage("restore_drill", dump, database=address)
        with psycopg.connect(address) as shop:
            left = shop.execute("SELECT datname FROM pg_database WHERE datname LIKE 'soulfra_drill_%'").fetchall()
    assert done.returncode == 0, done.stderr
    until = {"custom": "Good until 2026-11-05 06:07:08 UTC, its newest fact.", "plain": "Good until 2026-11-30 15:"}
    assert until[form] in done.stdout
    assert "The ledger is correct: " in done.stdout
    assert left == []


@pytest.mark.parametrize("line", [rb"\connect shop", rb"\c shop", b"DROP DATABASE shop;", b"create database shop;"])
def test_a_dump_that_would_enter_another_database_is_refused(tmp_path, line):
    dump = tmp_path / "all.sql"
    dump.write_bytes(b"--\n-- PostgreSQL database dump\n--\n" + line + b"\nDROP TABLE purchases;\n")
    with pytest.raises(CommandError, match=r"makes or enters a database by its own name"), restored(dump):
        pass


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"Not a backup.", "is neither a database of SQLite nor a dump of pg_dump"),
        (None, "can't be read: No such file or directory"),
        (b"SQLite format 3\0 and then nothing like it", "can't be restored: file is not a database"),
        (b"PGDMP", "This is a dump of PostgreSQL: name a server to restore it on, as in --server postgres://"),
    ],
)
def test_what_is_no_backup_is_refused_in_a_sentence(tmp_path, data, sentence):
    if data is not None:
        (tmp_path / "file").write_bytes(data)
    with pytest.raises(CommandError, match=sentence), restored(tmp_path / "file"):
        pass


@pytest.mark.postgres
def test_a_dump_that_is_cut_off_is_refused_and_its_database_is_gone(tmp_path):
    dump = tmp_path / "cut.sql"
    dump.write_bytes(b"-- PostgreSQL database dump\nCREATE TABLE a (b int);\nINSERT INTO c VALUES (1);\n")
    with migrated.postgresql() as address:
        wrong = pytest.raises(
            CommandError, match=r"The dump can't be restored; psql said: .*relation .c. does not exist"
        )
        with wrong, scratch.restored(dump, server=address):
            pass
        with psycopg.connect(address) as shop:
            assert not shop.execute("SELECT 1 FROM pg_database WHERE datname LIKE 'soulfra_drill_%'").fetchall()


def restored(dump):
    return scratch.restored(dump, server="sqlite:///x.db")


def libpq(address):
    return urlsplit(address)._replace(scheme="postgresql").geturl()
