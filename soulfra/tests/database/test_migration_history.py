"""A database that other code has migrated is refused in a sentence, and nothing of it is changed."""

import contextlib
import os
import sqlite3
import subprocess
import sys

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from devtools.testing import environment, migrated
from devtools.venv import ROOT
from soulfra.migration_history import refuse_unknown_history

pytestmark = pytest.mark.django_db
SERVED = environment.TESTS | {"ALLOWED_HOSTS": "127.0.0.1"}
NEWER = "This database was migrated by a newer version of the shop, with "
OTHER = "This database has a history that this version doesn't know"


def test_a_newer_database_is_refused():
    record("tokens", "9001_of_tomorrow")
    refused(f"{NEWER}tokens.9001_of_tomorrow: start that version, or restore the backup from before its upgrade.")


def test_a_newer_database_may_be_served_by_whoever_says_so_and_no_other_history():
    record("tokens", "9001_of_tomorrow")
    refuse_unknown_history(connection, may_be_newer=True)
    rename("accounts", "0010_sessions_end_together", "0009_sessions_end_together")
    with pytest.raises(CommandError, match=OTHER):
        refuse_unknown_history(connection, may_be_newer=True)


def test_a_database_with_an_app_of_a_newer_version_is_refused():
    record("loyalty", "0001_initial")
    refused(f"{NEWER}loyalty.0001_initial: start that version, or restore the backup from before its upgrade.")


def test_an_edited_history_is_refused():
    """A migration had another number when it was applied; under its number of today it never was."""
    rename("accounts", "0010_sessions_end_together", "0009_sessions_end_together")
    refused(
        f"{OTHER}, with accounts.0009_sessions_end_together: start the version that migrated it, or restore a backup "
        "from before."
    )


def test_many_unknown_migrations_are_counted():
    for number in range(5):
        record("tokens", f"900{number}_of_tomorrow")
    refused("tokens.9002_of_tomorrow and 2 others: start that version")


def test_a_history_with_a_hole_in_it_is_refused():
    MigrationRecorder(connection).record_unapplied("tokens", "0020_grants_by_two_people")
    refused(f"{OTHER}: Migration ")


def test_unknown_rows_may_be_pruned(capsys):
    record("tokens", "9001_of_tomorrow")
    call_command("migrate", "tokens", prune=True)
    assert "Pruning tokens.9001_of_tomorrow OK" in capsys.readouterr().out
    refuse_unknown_history(connection)


@pytest.mark.parametrize("command", [["serve_shop"], ["run_shop", "127.0.0.1:0", "--noreload"], ["migrate"]])
def test_nothing_serves_a_newer_database(tmp_path, command):
    address = migrated.new_sqlite(tmp_path / "newer.db")
    with contextlib.closing(sqlite3.connect(tmp_path / "newer.db", isolation_level=None)) as newer:
        newer.execute(
            "INSERT INTO django_migrations (app, name, applied) VALUES ('tokens', '9001_of_tomorrow', '2027-01-01')"
        )
    env = {**os.environ, **SERVED, "DATABASE_URL": address}
    done = subprocess.run([sys.executable, "manage.py", *command], cwd=ROOT, env=env, capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith(f"CommandError: {NEWER}tokens.9001_of_tomorrow: start that version")


def refused(sentence):
    applied = MigrationRecorder(connection).applied_migrations().keys()
    with pytest.raises(CommandError) as refusal:
        call_command("migrate", verbosity=0)
    assert sentence in str(refusal.value)
    assert "\n" not in str(refusal.value)
    assert MigrationRecorder(connection).applied_migrations().keys() == applied


def record(app, name):
    MigrationRecorder(connection).record_applied(app, name)


def rename(app, old, new):
    MigrationRecorder(connection).record_unapplied(app, old)
    record(app, new)
