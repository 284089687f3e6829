"""Two PostgreSQL servers, a primary and its standby, that a test may kill, stop, promote and start again.

Both listen on TCP ports, as servers on machines of their own would, and the second follows the first by streaming.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import psycopg

from devtools import processes
from devtools.testing import migrated, postgres, scratch
from devtools.testing.postgres import SECONDS_TO_START, PostgresUnavailable
from devtools.testing.servers import free_port

PREFIX = "soulfra-replicas-"
DATABASE = "soulfra"


@dataclass
class Server:
    home: Path
    binaries: Path
    settings: Mapping[str, str] = field(default_factory=dict)
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def data(self) -> Path:
        return self.home / "data"

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"

    def address(self, database: str = DATABASE) -> str:
        return f"postgres://postgres@{self.host}/{database}"

    def start(self) -> None:
        options = {"listen_addresses": "127.0.0.1", "port": str(self.port), "max_connections": "60", **self.settings}
        self.process = postgres.start(self.binaries, self.data, options, postgres.ordinary_user())
        stop_at = time.monotonic() + SECONDS_TO_START
        while True:
            with contextlib.suppress(psycopg.OperationalError):
                return self.execute("SELECT 1")
            if self.process.poll() is not None or time.monotonic() > stop_at:
                raise PostgresUnavailable(f"PostgreSQL did not start: {(self.home / 'log').read_text()[-2000:]}")
            time.sleep(0.05)

    def execute(self, statement: Any) -> None:
        with psycopg.connect(self.address("postgres"), autocommit=True, connect_timeout=5) as connection:
            connection.execute(statement)

    def kill(self) -> None:
        """As if the machine lost its power: nothing is written or said any more."""
        assert self.process  # noqa: S101  started before
        os.killpg(self.process.pid, signal.SIGKILL)
        for each in self._children():
            with contextlib.suppress(ProcessLookupError):
                os.kill(each, signal.SIGKILL)
        self.process.wait()

    def stop(self, *, stopped: bool = True) -> None:
        """Stop every process of it without ending one, so that nobody is answered; or let them go on."""
        assert self.process  # noqa: S101  started before
        for each in (*self._children(), self.process.pid):
            with contextlib.suppress(ProcessLookupError):
                os.kill(each, signal.SIGSTOP if stopped else signal.SIGCONT)

    def end(self) -> None:
        if self.process and self.process.poll() is None:
            self.stop(stopped=False)
            processes.end(self.process, signal.SIGQUIT)

    def _children(self) -> list[int]:
        assert self.process  # noqa: S101  started before
        return [child.pid for child in psutil.Process(self.process.pid).children(recursive=True)]


@contextlib.contextmanager
def running(**settings: str) -> Iterator[Server]:
    """One server with the shop's migrated database; `settings` are parameters of the server."""
    who = postgres.ordinary_user()
    with scratch.directory(PREFIX) as home:
        home.chmod(0o711)
        primary = Server(_room(home / "1"), postgres.executable_by(who, postgres.find_binaries(), home), settings)
        postgres.make_cluster(primary.binaries, primary.data, who)
        try:
            primary.start()
            primary.execute(f"CREATE DATABASE {DATABASE}")
            migrated.copy(primary.binaries, primary.address())
            yield primary
        finally:
            primary.end()


@contextlib.contextmanager
def standby_of(primary: Server) -> Iterator[Server]:
    """A second server that follows the first, and answers questions meanwhile."""
    standby = Server(_room(primary.home.with_name("2")), primary.binaries, primary.settings)
    command = [str(primary.binaries / "pg_basebackup"), "-D", str(standby.data), "-d", primary.address("postgres")]
    subprocess.run(
        [*command, "--write-recovery-conf", "--checkpoint=fast", "--no-sync"],
        check=True,
        capture_output=True,
        cwd="/",
        **postgres.ordinary_user(),
    )
    try:
        standby.start()
        yield standby
    finally:
        standby.end()


def _room(home: Path) -> Path:
    home.mkdir()
    if postgres.ordinary_user():
        os.chown(home, postgres.NOBODY, postgres.NOBODY)
    return home
