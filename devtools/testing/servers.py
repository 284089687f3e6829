"""The shop on the servers that people use, for tests that send their own bytes through a real socket.

The fixture `running_shop` gives a test both: the server of `./dev run` on SQLite, and that of `./dev serve` on
PostgreSQL. Each is started once a session and shared, so a test makes the customers it needs and looks at nobody else.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from devtools import processes
from devtools.testing import environment, migrated
from devtools.venv import ROOT

METRICS_TOKEN = "of-the-tests-0f1e2d3c4b5a6978"
SECONDS_TO_START = 240  # on a machine that is busy with everything else


@dataclass(frozen=True)
class Customer:
    """Somebody with an API key, and signed in with the cookie `sessionid` = `session`."""

    user_id: int
    key: str
    session: str


@dataclass(frozen=True)
class RunningShop:
    """A shop that listens on 127.0.0.1:`port`. `server` is "run" or "serve"; `log` is what it printed so far."""

    server: str
    port: int
    env: Mapping[str, str]
    log: Path

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def customer(self, username: str, *, tokens: int = 0, is_staff: bool = False) -> Customer:
        """A new customer with this many granted tokens; everybody's password is that of the factories."""
        arguments = [username, str(tokens), *(["staff"] if is_staff else [])]
        return Customer(**json.loads(self._run("-m", "devtools.testing.new_customer", *arguments).splitlines()[-1]))

    def manage(self, *arguments: str) -> str:
        """What a management command, run beside the shop on its database, prints."""
        return self._run("manage.py", *arguments)

    def _run(self, *arguments: str) -> str:
        command = [sys.executable, *arguments]
        done = subprocess.run(command, cwd=ROOT, env=dict(self.env), capture_output=True, text=True)
        if done.returncode:
            raise AssertionError(f"{' '.join(arguments)} failed:\n{done.stderr[-4000:]}")
        return done.stdout


@contextlib.contextmanager
def running(server: str, database_url: str, **settings: str) -> Iterator[RunningShop]:
    """Start `./dev run`'s web server ("run") or that of `./dev serve` ("serve") on this database, beside a sandbox.

    `settings` are more variables of its environment. The worker is not started: `manage("sweep")` does its work.
    """
    with tempfile.TemporaryDirectory(prefix="soulfra-shop-") as directory:
        port = free_port()
        env = _environment(server, port, database_url, Path(directory)) | settings
        log = Path(directory) / "log"
        command = {"run": ["run_shop", f"127.0.0.1:{port}", "--noreload"], "serve": ["serve_shop"]}[server]
        sandbox = Path(f"{env['SANDBOX_STORE']}.address")  # which it records when it listens
        answers = partial(processes.listens, ("127.0.0.1", port))
        with (
            _started(["stripe_sandbox", "serve"], env, log, until=sandbox.exists),
            _started(command, env, log, until=answers),
        ):
            yield RunningShop(server, port, env, log)


@contextlib.contextmanager
def _started(command: list[str], env: dict[str, str], log: Path, *, until: Callable[[], bool]) -> Iterator[None]:
    """A management command that runs on, from when it answers."""
    with open(log, "ab") as output:
        process = processes.start(
            [sys.executable, "manage.py", *command],
            cwd=ROOT,
            env=env,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        _wait(until, process, log)
        yield
    finally:
        processes.end(process)


@contextlib.contextmanager
def usual_database(server: str) -> Iterator[str]:
    """A new, migrated database of the kind that this server has in use: a file for "run", PostgreSQL for "serve"."""
    if server == "serve":
        with migrated.postgresql() as address:
            yield address
        return
    with tempfile.TemporaryDirectory(prefix="soulfra-shop-") as directory:
        yield migrated.new_sqlite(Path(directory) / "shop.db")


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def _environment(server: str, port: int, database_url: str, directory: Path) -> dict[str, str]:
    address = f"http://127.0.0.1:{port}"
    ours = environment.TESTS | {
        "ALLOWED_HOSTS": "127.0.0.1,localhost",
        "DATABASE_URL": database_url,
        "DJANGO_SETTINGS_MODULE": "soulfra.settings",
        "DEBUG": "true" if server == "run" else "false",
        "MEDIA_ROOT": str(directory / "media"),
        "METRICS_TOKEN": METRICS_TOKEN,
        "PORT": str(port),
        "SANDBOX_STORE": str(directory / "sandbox.db"),
        "SANDBOX_WEBHOOK_URL": f"{address}/api/tokens/webhook",
        "SITE_URL": address,
        "STRIPE_API_BASE": "",  # as recorded beside the store
        "STRIPE_PROMOTION_CODES": "true",
        "TMPDIR": str(directory),
        "WEB_THREADS": "8",
    }
    return {**os.environ, **ours}


def _wait(until: Callable[[], bool], process: subprocess.Popen[bytes], log: Path) -> None:
    stop_at = time.monotonic() + SECONDS_TO_START
    while not until():
        if process.poll() is not None or time.monotonic() > stop_at:
            raise RuntimeError(f"The shop did not start (exit code {process.poll()}):\n{log.read_text()[-4000:]}")
        time.sleep(0.05)
