"""Databases in which every migration has run: created once per test run, on first use, and copied.

Migrating takes longer than most tests together, and every server that is started begins with it.
"""

import contextlib
import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

import psycopg
from psycopg import sql

from devtools.testing import environment
from devtools.venv import ROOT

_numbers = count()  # a process of tests may have several shops at a time


def new_sqlite(path: Path) -> str:
    """The address of a migrated database in that file."""
    with _made_once("migrated.db") as (original, is_new):
        if is_new:
            _migrate(f"sqlite:///{original}")
    shutil.copyfile(original, path)
    return f"sqlite:///{path}"


@contextlib.contextmanager
def postgresql(*, of: str | None = None) -> Iterator[str]:
    """The address of a migrated database on the server of this run, or of a copy `of` another; gone afterwards."""
    name = f"served_{os.getpid()}_{next(_numbers)}"
    _execute("CREATE DATABASE {} TEMPLATE {}", name, of or template())
    try:
        yield _server()._replace(path=f"/{name}").geturl()
    finally:
        _execute("DROP DATABASE {} WITH (FORCE)", name)


def copy(binaries: Path, address: str) -> None:
    """Put what is in a migrated database into an empty one on another server, with PostgreSQL's own programs."""
    source = _server()._replace(path=f"/{template()}").geturl()
    # What a newer program says before the rows an older server may not know.
    dumped = subprocess.run([str(binaries / "pg_dump"), "-d", source], check=True, capture_output=True)
    known = b"\n".join(line for line in dumped.stdout.split(b"\n") if b"transaction_timeout" not in line)
    subprocess.run([str(binaries / "psql"), "--quiet", "-d", address], input=known, check=True, capture_output=True)


def template() -> str:
    """The name of the migrated database on the server of this run that all others are copies of."""
    with _made_once("migrated.postgresql") as (marker, is_new):
        name = _template(marker.parent)
        if is_new:
            _execute("CREATE DATABASE {}", name)
            _migrate(_server()._replace(path=f"/{name}").geturl())
            marker.touch()
    return name


def forget(directory: Path) -> None:
    """At the end of a run: what was left on a server that stays."""
    if (directory / "migrated.postgresql").exists():
        _execute("DROP DATABASE IF EXISTS {} WITH (FORCE)", _template(directory))


@contextlib.contextmanager
def _made_once(name: str) -> Iterator[tuple[Path, bool]]:
    """A file of the run's directory, and whether it is still to be made; nobody else is here meanwhile."""
    directory = Path(os.environ["SOULFRA_TEST_DIRECTORY"])
    with open(directory / f"{name}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield directory / name, not (directory / name).exists()


def _migrate(database_url: str) -> None:
    variables = environment.TESTS | {"DATABASE_URL": database_url, "DJANGO_SETTINGS_MODULE": "soulfra.settings"}
    command = [sys.executable, "manage.py", "migrate", "--verbosity=0", "--skip-checks"]
    subprocess.run(command, cwd=ROOT, env=os.environ | variables, check=True)


def _template(directory: Path) -> str:
    return directory.name.replace("-", "_")


def _server() -> SplitResult:
    return urlsplit(environment.database_url())


def _execute(statement: str, *names: str) -> None:
    with psycopg.connect(_server()._replace(path="/postgres").geturl(), autocommit=True) as admin:
        admin.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))
