"""PostgreSQL 15 of Debian for a trial: a primary, and a standby that is kept in step with it."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg

from devtools import processes
from devtools.trials.machine import NOBODY, Machine, expect, free_port, nobody, wait

BINARIES = Path("/usr/lib/postgresql/15/bin")
PARAMETERS = {
    "fsync": "on",
    "synchronous_commit": "on",
    "max_connections": "100",
    "wal_level": "replica",
    "hot_standby": "on",
    "wal_sender_timeout": "5s",
}


class Server:
    """A server with its data in `home`; `who` runs it, since PostgreSQL refuses root."""

    def __init__(self, machine: Machine, name: str) -> None:
        expect(
            (BINARIES / "postgres").exists(), "PostgreSQL 15 is not here: on Debian 12 `apt-get install postgresql-15`."
        )
        self.name, self.port = name, free_port()
        self.home = machine.path(f"/pg/{name}/x").parent
        self.data = self.home / "data"
        self.process: subprocess.Popen[bytes] | None = None
        if nobody():
            os.chown(self.home, NOBODY, NOBODY)

    def url(self, user: str = "soulfra") -> str:
        return f"postgres://{user}@127.0.0.1:{self.port}/soulfra"

    def create(self) -> None:
        """A new database `soulfra` that the role `soulfra` owns."""
        self._tool(
            "initdb", "-D", str(self.data), "-U", "postgres", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8"
        )
        self.start()
        self.execute("CREATE ROLE soulfra LOGIN CREATEDB", database="postgres")
        self.execute("CREATE DATABASE soulfra OWNER soulfra", database="postgres")

    def copy_from(self, primary: Server) -> None:
        """A standby, from a base backup."""
        source = f"host=127.0.0.1 port={primary.port} user=postgres application_name={self.name}"
        self._tool("pg_basebackup", "-D", str(self.data), "-d", source, "-R", "-X", "stream", "-c", "fast")
        self.start()

    def start(self, **parameters: str) -> None:
        options = PARAMETERS | {"port": str(self.port), "listen_addresses": "127.0.0.1"} | parameters
        options |= {"unix_socket_directories": str(self.home)}
        command = [str(BINARIES / "postgres"), "-D", str(self.data)]
        command += [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
        with open(self.home / "log", "ab") as log:
            self.process = processes.start(
                command, on_our_death=signal.SIGQUIT, cwd="/", stdout=log, stderr=subprocess.STDOUT, **nobody()
            )
        wait(self.answers, seconds=60, what=f"the database {self.name} answers")

    def stop(self, number: int = signal.SIGINT) -> None:
        if self.process:
            processes.end(self.process, number, seconds=30)

    def kill(self) -> None:
        """As when the machine loses its power: every process at once, nothing flushed, nobody told."""
        if self.process:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def answers(self, *, seconds: int = 1) -> bool:
        try:
            psycopg.connect(self._info("postgres"), connect_timeout=max(2, seconds)).close()
        except psycopg.OperationalError:
            return False
        return True

    def execute(self, statement: str, *, database: str = "soulfra") -> list[tuple[Any, ...]]:
        with psycopg.connect(self._info(database), autocommit=True) as connection:
            cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

    def keep_in_step(self, standby: Server) -> None:
        """From now on nothing counts as committed before the standby has it too."""
        self.execute(f"ALTER SYSTEM SET synchronous_standby_names = '{standby.name}'", database="postgres")
        self.execute("SELECT pg_reload_conf()", database="postgres")
        in_step = "SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'"
        wait(lambda: self.execute(in_step)[0][0], seconds=30, what="the standby keeps in step")

    def promote(self) -> None:
        """The standby becomes the primary. It waits for no standby of its own, since there is none."""
        self._tool("pg_ctl", "promote", "-D", str(self.data))
        self.execute("ALTER SYSTEM RESET synchronous_standby_names", database="postgres")
        self.execute("SELECT pg_reload_conf()", database="postgres")

    def dump(self, file: Path) -> None:
        """As soulfra-backup.service dumps it, and where it puts it."""
        if nobody():
            os.chown(file.parent, NOBODY, NOBODY)
        self._tool("pg_dump", "--format=custom", f"--dbname={self.url()}", f"--file={file}")

    def restore(self, file: Path) -> None:
        self._tool("pg_restore", "--exit-on-error", "--no-owner", f"--dbname={self.url()}", str(file))

    def _info(self, database: str) -> str:
        return f"host=127.0.0.1 port={self.port} user=postgres dbname={database}"

    def _tool(self, program: str, *arguments: str) -> None:
        done = subprocess.run(
            [str(BINARIES / program), *arguments], cwd="/", capture_output=True, text=True, **nobody()
        )
        expect(done.returncode == 0, f"{program} failed: {done.stderr.strip()}")


@contextlib.contextmanager
def primary(machine: Machine) -> Iterator[Server]:
    server = Server(machine, "primary")
    try:
        server.create()
        yield server
    finally:
        server.stop(signal.SIGQUIT)


@contextlib.contextmanager
def standby(machine: Machine, of: Server) -> Iterator[Server]:
    server = Server(machine, "standby")
    try:
        server.copy_from(of)
        of.keep_in_step(server)
        yield server
    finally:
        server.stop(signal.SIGQUIT)
