"""A backup restored into a database of its own, which is gone afterwards."""

from __future__ import annotations

import gzip
import os
import re
import secrets
import shutil
import sqlite3
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast
from urllib.parse import urlsplit, urlunsplit

import psycopg
from django.core.management import CommandError
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from soulfra.backups import sqlite

DEBIAN = Path("/usr/lib/postgresql")
# What libpq reads of an address, as the environment variable by which a password stays out of the list of processes.
VARIABLES = {
    "host": "PGHOST",
    "port": "PGPORT",
    "user": "PGUSER",
    "password": "PGPASSWORD",
    "sslmode": "PGSSLMODE",
    "sslrootcert": "PGSSLROOTCERT",
    "target_session_attrs": "PGTARGETSESSIONATTRS",
}
# These lines of a plain dump would leave the scratch database, perhaps for the shop's own.
ELSEWHERE = re.compile(rb"^(\\c(onnect)?\s|(CREATE|DROP) DATABASE\s)", re.IGNORECASE)


@contextmanager
def restored(backup: Path, *, server: str) -> Iterator[str]:
    """The address of a scratch database with what `backup` holds: a file of SQLite, or a dump of pg_dump.

    A dump goes to the PostgreSQL of the address `server`, into a new database there. Raises CommandError.
    """
    head = _head(backup)
    if head.startswith(b"SQLite format 3\0"):
        with tempfile.TemporaryDirectory(prefix="soulfra-drill-") as directory:
            path = Path(directory) / "restored.db"
            try:
                sqlite.copy(backup, path)
            except sqlite3.Error as error:
                raise CommandError(f"{backup} can't be restored: {error}.") from error
            yield f"sqlite:///{path}"
    elif head.startswith(b"PGDMP") or (backup / "toc.dat").exists():
        with _new_database(server) as (address, env):
            _run(
                [
                    _tool("pg_restore"),
                    "--exit-on-error",
                    "--no-owner",
                    "--no-privileges",
                    "-d",
                    env["PGDATABASE"],
                    str(backup),
                ],
                env,
            )
            yield address
    elif b"PostgreSQL database dump" in head:
        _refuse_other_databases(backup)
        with _new_database(server) as (address, env), _opened(backup) as dump:
            _run([_tool("psql"), "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1"], env, stdin=dump)
            yield address
    else:
        raise CommandError(
            f"{backup} is neither a database of SQLite nor a dump of pg_dump (plain, custom or directory)."
        )


def _head(backup: Path) -> bytes:
    if backup.is_dir():
        return b""
    try:
        with _opened(backup) as file:
            return file.read(200)
    except OSError as error:  # also of gzip
        raise CommandError(f"{backup} can't be read: {error.strerror or error}.") from error


def _opened(backup: Path) -> BinaryIO:
    if backup.suffix == ".gz":
        return cast(BinaryIO, gzip.open(backup))
    return open(backup, "rb")


def _refuse_other_databases(backup: Path) -> None:
    with _opened(backup) as dump:
        if any(ELSEWHERE.match(line) for line in dump):
            raise CommandError(
                f"{backup} makes or enters a database by its own name, perhaps the one in use: dump one database, "
                "without --create."
            )


@contextmanager
def _new_database(server: str) -> Iterator[tuple[str, dict[str, str]]]:
    """Its address, and the environment for PostgreSQL's programs."""
    name = f"soulfra_drill_{secrets.token_hex(6)}"
    parts = urlsplit(server)
    if not parts.scheme.startswith(("postgres", "pgsql", "psql")):
        raise CommandError("This is a dump of PostgreSQL: name a server to restore it on, as in --server postgres://….")
    address = urlunsplit(parts._replace(scheme="postgresql"))
    given = conninfo_to_dict(address)
    env = {variable: str(given[key]) for key, variable in VARIABLES.items() if given.get(key)}
    try:
        with psycopg.connect(address, autocommit=True, connect_timeout=10) as admin:
            admin.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(name)))
            try:
                yield urlunsplit(parts._replace(path=f"/{name}")), {**os.environ, **env, "PGDATABASE": name}
            finally:
                admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
    except psycopg.errors.InsufficientPrivilege as error:
        raise CommandError(
            f"The user {given.get('user', '')} may not create databases: allow it (ALTER ROLE … CREATEDB), or name "
            "another server with --server."
        ) from error
    except psycopg.OperationalError as error:
        raise CommandError(f"The server can't be used: {str(error).strip()}") from error


def _tool(name: str) -> str:
    """pg_restore or psql: on the PATH, or the newest of Debian's."""
    of_debian = sorted(DEBIAN.glob(f"*/bin/{name}"), key=lambda path: float(path.parent.parent.name), reverse=True)
    found = shutil.which(name) or next(map(str, of_debian), None)
    if found is None:
        raise CommandError(f"{name} isn't installed: install PostgreSQL's programs (Debian: postgresql-client).")
    return found


def _run(command: list[str], env: dict[str, str], *, stdin: BinaryIO | None = None) -> None:
    """Raises CommandError with the last line that the program said."""
    program = Path(command[0]).name
    with subprocess.Popen(
        command, env=env, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    ) as run:
        if stdin and run.stdin:
            try:
                shutil.copyfileobj(stdin, run.stdin)
            except BrokenPipeError:
                pass  # it has ended, and says why
        _, said = run.communicate()
    if run.returncode:
        lines = said.decode(errors="replace").strip().splitlines() or ["nothing"]
        raise CommandError(f"The dump can't be restored; {program} said: {lines[0]}")
