"""A pgbouncer of our own before a PostgreSQL of the tests, set up as docs/deploying.md says for its version."""

from __future__ import annotations

import contextlib
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import psycopg

from devtools import processes
from devtools.testing import debian, postgres, scratch

PREFIX = "soulfra-pgbouncer-"
CARRIES_PREPARED_STATEMENTS = (1, 22)
WITHOUT = "pgbouncer is not installed, nor could it be: `apt-get install pgbouncer` as root has these tests run."
CONFIGURATION = """
[databases]
soulfra = {server} dbname={database}
soulfra_web = {server} dbname={database} connect_query='SET statement_timeout = 30000; SET lock_timeout = {lock}'

[pgbouncer]
listen_addr =
listen_port = 6432
unix_socket_dir = {home}
auth_type = trust
auth_file = {home}/users
pool_mode = transaction
default_pool_size = 8
max_client_conn = 500
{more}
"""


class PgbouncerUnavailable(Exception):
    """None is installed and none could be; the message is a sentence that says what to do."""


@dataclass(frozen=True)
class Pooler:
    home: Path
    version: tuple[int, int]

    def address(self, name: str) -> str:
        """That of the entry `soulfra`, or of `soulfra_web`, which sets the limits of web processes."""
        return f"postgres://postgres@/{name}?host={self.home}&port=6432"

    @cached_property
    def settings(self) -> dict[str, str]:
        """The environment of a shop behind it."""
        is_new = self.version >= CARRIES_PREPARED_STATEMENTS
        return {
            "DATABASE_URL": self.address("soulfra"),
            "WEB_DATABASE_URL": self.address("soulfra_web"),
            "PREPARED_STATEMENTS": "true" if is_new else "false",
            "SERVER_SIDE_CURSORS": "false",
            "STARTUP_OPTIONS": "false",
        }


def find() -> str | None:
    """The program, which Debian puts where an ordinary user's PATH may not lead."""
    return shutil.which("pgbouncer") or shutil.which("pgbouncer", path="/usr/sbin:/usr/local/sbin")


def make_ready() -> None:
    """Root on Debian gets it installed. Without it the tests that need it are skipped, so a failure stops nothing."""
    if find() is None and debian.may_install() and (failure := debian.install(["pgbouncer"])):
        print(f"pgbouncer could not be installed ({failure.splitlines()[-1]}).", flush=True)


@contextlib.contextmanager
def running(database_url: str, *, lock_seconds: float = 5) -> Iterator[Pooler]:
    """One in transaction mode before that database. Raises PgbouncerUnavailable."""
    program = find()
    if program is None:
        raise PgbouncerUnavailable(WITHOUT)
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout
    major, minor = re.findall(r"\d+", said)[:2]
    with scratch.directory(PREFIX) as home:
        pooler = Pooler(home, (int(major), int(minor)))
        _configure(pooler, database_url, lock=round(lock_seconds * 1000))
        process = _start(program, pooler)
        try:
            yield pooler
        finally:
            processes.end(process, signal.SIGTERM)


def _configure(pooler: Pooler, database_url: str, *, lock: int) -> None:
    url = urlsplit(database_url)
    query = parse_qs(url.query)
    host, port = query.get("host", [url.hostname])[0], query.get("port", [url.port or 5432])[0]
    more = "max_prepared_statements = 200" if pooler.version >= CARRIES_PREPARED_STATEMENTS else ""
    text = CONFIGURATION.format(
        server=f"host={host} port={port}", database=url.path.strip("/"), home=pooler.home, lock=lock, more=more
    )
    (pooler.home / "pgbouncer.ini").write_text(text)
    (pooler.home / "users").write_text(f'"{url.username}" ""\n')


def _start(program: str, pooler: Pooler) -> subprocess.Popen[bytes]:
    """It refuses to run as root, as PostgreSQL does."""
    who = postgres.ordinary_user()
    if who:
        for path in (pooler.home, *pooler.home.iterdir()):
            shutil.chown(path, postgres.NOBODY, postgres.NOBODY)
    with open(pooler.home / "log", "wb") as log:
        command = [program, str(pooler.home / "pgbouncer.ini")]
        process = processes.start(command, cwd="/", stdout=log, stderr=subprocess.STDOUT, **who)
    stop_at = time.monotonic() + postgres.SECONDS_TO_START
    while True:
        try:
            psycopg.connect(pooler.address("soulfra")).close()
            return process
        except psycopg.OperationalError as error:
            if process.poll() is not None or time.monotonic() > stop_at:
                processes.end(process)
                raise RuntimeError(f"{error}\n{(pooler.home / 'log').read_text()[-2000:]}") from None
            time.sleep(0.05)
