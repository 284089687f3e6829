"""`migrate` runs once at a time for a database, apart from serving if one likes."""

import contextlib
import os
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection, connections

from devtools.testing import environment, migrated
from devtools.testing.servers import free_port
from soulfra import migrating
from soulfra.testing.serving import SERVED

WAITS = "Another process is migrating this database; waiting until it is done."


def start(database_url, *command, **changes):
    env = {**os.environ, **environment.TESTS, "DATABASE_URL": database_url, **changes}
    return subprocess.Popen(
        [sys.executable, "manage.py", *command],
        cwd=Path(settings.BASE_DIR),
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_two_that_start_together_both_end_well(tmp_path):
    database_url = migrated.new_sqlite(tmp_path / "shop.db")
    undo_sessions(tmp_path / "shop.db")
    with migrating._file(f"{tmp_path / 'shop.db'}.migrating", lambda: None):
        both = [start(database_url, "migrate", "--verbosity=0", "--skip-checks") for _ in range(2)]
        assert [first_line(process) for process in both] == [WAITS, WAITS]
    for process in both:
        process.communicate(timeout=120)
    assert [process.returncode for process in both] == [0, 0]


def undo_sessions(path):
    """A migration that no other one stands on."""
    with contextlib.closing(sqlite3.connect(path)) as database, database:
        database.execute("DROP TABLE django_session")
        database.execute("DELETE FROM django_migrations WHERE app = 'sessions'")


def first_line(process):
    return process.stderr.readline().strip()


@pytest.mark.postgres
@pytest.mark.django_db
def test_whoever_comes_second_waits_past_the_limits_of_its_connection(monkeypatch):
    limits = {"options": "-c lock_timeout=100 -c statement_timeout=100"}
    monkeypatch.setitem(connection.settings_dict, "OPTIONS", connection.settings_dict["OPTIONS"] | limits)
    waits, done = threading.Event(), threading.Event()

    def second():
        with migrating.alone(on_wait=waits.set):
            done.set()
        connections.close_all()

    with migrating.alone(on_wait=lambda: None):
        thread = threading.Thread(target=second)
        thread.start()
        assert waits.wait(10)
        assert not done.wait(0.5)
    assert done.wait(10)
    thread.join()


def test_a_shop_told_not_to_migrate_says_what_the_database_lacks(tmp_path):
    database_url = migrated.new_sqlite(tmp_path / "shop.db")
    env = SERVED | {"DATABASE_URL": database_url, "PORT": str(free_port())}
    undo_sessions(tmp_path / "shop.db")
    with start(database_url, "serve_shop", "--no-migrate", **env) as process:
        assert (
            process.stderr.readline() == "The database lacks migrations of this version: run `./dev manage migrate`.\n"
        )
        process.terminate()
        process.communicate(timeout=60)


@pytest.mark.django_db
def test_a_database_that_has_all_is_not_behind():
    assert not migrating.is_behind()
    call_command("migrate", verbosity=0)
