"""Our own PostgreSQL: real, private, and gone afterwards."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import environ
import psycopg
import pytest

from devtools.testing import postgres
from devtools.testing.processes import is_running, wait_until_gone

pytestmark = pytest.mark.postgres  # nothing here depends on the database of the tests: once is enough
KILLED_WHILE_RUNNING = """
import os, signal
from devtools.testing.postgres import running_postgres
with running_postgres() as url:
    print(url, flush=True)
    signal.pause()
"""


def home_of(url: str) -> Path:
    return Path(url.partition("host=")[2])


def server_pid(home: Path) -> int:
    return int((home / "data" / "postmaster.pid").read_text().split()[0])


def test_it_answers_to_its_url_outlives_clearing_up_and_leaves_nothing_behind() -> None:
    with postgres.running_postgres() as url:
        postgres.clear_up_after_dead_runs()
        given = environ.Env.db_url_config(url)
        with psycopg.connect(dbname=given["NAME"], user=given["USER"], **given["OPTIONS"]) as connection:
            assert connection.execute("SHOW fsync").fetchone() == ("off",)
        pid = server_pid(home_of(url))
        assert is_running(pid)
        assert len(os.fsencode(home_of(url) / ".s.PGSQL.5432")) < 108  # the longest a socket's path may be
    assert not is_running(pid)
    assert not home_of(url).exists()


def test_a_durable_one_keeps_what_a_real_server_keeps() -> None:
    with postgres.running_postgres(durable=True) as url, psycopg.connect(url) as connection:
        assert connection.execute("SHOW fsync").fetchone() == ("on",)


def test_it_works_where_theordinary_user_may_not_read_the_binaries(tmp_path: Path) -> None:
    private = tmp_path / "private"
    private.mkdir(mode=0o700)
    (private / "bin").symlink_to(postgres.find_binaries())
    (tmp_path / "elsewhere").mkdir()
    who = postgres.ordinary_user()
    usable = postgres.executable_by(who, private / "bin", tmp_path / "elsewhere")
    assert (usable == private / "bin") == (not who)


def test_the_server_of_a_killed_run_dies_and_its_directory_goes_with_the_next_run() -> None:
    with subprocess.Popen([sys.executable, "-c", KILLED_WHILE_RUNNING], stdout=subprocess.PIPE, text=True) as run:
        assert run.stdout
        home = home_of(run.stdout.readline().strip())
        pid = server_pid(home)
        run.send_signal(signal.SIGKILL)
    postgres.clear_up_after_dead_runs()
    wait_until_gone(pid)
    assert not home.exists()


def test_without_a_server_it_says_what_to_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("POSTGRES_BIN", str(tmp_path))
    with pytest.raises(postgres.PostgresUnavailable, match="set TEST_DATABASE_URL to a server"):
        postgres.find_binaries()
