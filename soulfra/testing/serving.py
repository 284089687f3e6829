"""`./dev serve` as in production, but nobody stands in front to end TLS."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings

from devtools.testing import environment

SERVED = environment.PRODUCTION | {"ALLOWED_HOSTS": "127.0.0.1", "SECURE_SSL_REDIRECT": "false"}


@contextlib.contextmanager
def served(port: int, database_url: str, *arguments: str, **settings_of_it: str) -> Iterator[subprocess.Popen[str]]:
    """It serves, without a terminal."""
    env = {**os.environ, **SERVED, "DATABASE_URL": database_url, "PORT": str(port), **settings_of_it}
    command = [sys.executable, "dev", "serve", *arguments]
    with subprocess.Popen(
        command, cwd=Path(settings.BASE_DIR), env=env, stdout=subprocess.PIPE, text=True, start_new_session=True
    ) as run:
        try:
            assert run.stdout
            said = run.stdout.readline()
            address = f"http://127.0.0.1:{port}"
            expected = f"Soulfra is served: customers reach it at {SERVED['SITE_URL']}, a proxy at {address}. "
            if said != f"{expected}Ctrl-C stops it.\n":
                raise AssertionError(said)
            yield run
        finally:
            run.terminate()
            run.wait(40)
