"""The shop as it is measured: on a PostgreSQL of its own, as durable as a real one, with the settings of production."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator

import django
from django.core.management import call_command
from django.db import connection, connections

from devtools import processes
from devtools.testing import environment
from devtools.testing.postgres import running_postgres
from devtools.venv import ROOT
from soulfra.serving import web

# A real server's: enough memory, and checkpoints so far apart that none falls into one side's turn and not the other's.
SERVER = {
    "shared_buffers": "1GB",
    "max_wal_size": "16GB",
    "min_wal_size": "8GB",
    "checkpoint_timeout": "1h",
    "wal_compression": "on",
    "autovacuum_naptime": "10s",
}
# No caller is ever refused, but everything that would refuse one runs.
SETTINGS = environment.TESTS | {
    "ALLOWED_HOSTS": "127.0.0.1,localhost,testserver",
    "API_BURST": "1000000000",
    "API_REQUESTS_PER_MINUTE": "1000000000",
    "CONN_MAX_AGE": "600",
    "LOG_LEVEL": "ERROR",
    "STRIPE_REQUESTS_PER_MINUTE": "1000000000",
    "UPLOADS_PER_MINUTE": "1000000000",
}
WORKERS, THREADS = 4, 8  # the defaults of the settings
SECONDS_TO_START = 60


@contextlib.contextmanager
def database() -> Iterator[str]:
    """A migrated database, with Django set up in this process as the shop; yields its DATABASE_URL."""
    with running_postgres(durable=True, settings=SERVER) as database_url:
        os.environ.update(SETTINGS | {"DATABASE_URL": database_url, "DJANGO_SETTINGS_MODULE": "soulfra.settings"})
        django.setup()
        try:
            call_command("migrate", verbosity=0, skip_checks=True)
            # The one table that the reference views have and the shop has not.
            migrate = [sys.executable, "-m", "django", "migrate", "authtoken", "--verbosity=0", "--skip-checks"]
            references = {**os.environ, "DJANGO_SETTINGS_MODULE": "benchmarks.settings"}
            subprocess.run(migrate, env=references, cwd=ROOT, check=True)
            yield database_url
        finally:
            connections.close_all()


@contextlib.contextmanager
def served(application: str) -> Iterator[str]:
    """Serve a WSGI application as `./dev serve` does; yields its address on loopback."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server = processes.start([sys.executable, "-m", "benchmarks.web", application, str(port)], cwd=ROOT)
    try:
        deadline = time.monotonic() + SECONDS_TO_START
        while not web.answers(("127.0.0.1", port)):
            if server.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"The server of {application} did not start.")
            time.sleep(0.1)
        yield f"http://127.0.0.1:{port}"
    finally:
        processes.end(server)


def execute(statement: str, *parameters: int | list[int] | list[str]) -> list[tuple[object, ...]]:
    """Run one statement; its rows, if it has any."""
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters or None)
        return cursor.fetchall() if cursor.description else []


def settle() -> None:
    """After rows were planted: what autovacuum would do in its own time, done now, and a clean start for the log."""
    execute("VACUUM ANALYZE")
    execute("CHECKPOINT")
