"""The developer's `.env` and port. Standard library only: `dev` uses it before .venv exists."""

import contextlib
import errno
import math
import os
import re
import secrets
import socket
import sys
import tempfile
from collections.abc import Iterator

from devtools.venv import ROOT, only_one_at_a_time

DEFAULT_PORT = 5001
# Browsers open no page on these: https://fetch.spec.whatwg.org/#port-blocking
CLOSED_TO_BROWSERS = {
    1719,
    1720,
    1723,
    2049,
    3659,
    4045,
    4190,
    5060,
    5061,
    6000,
    6566,
    6679,
    6697,
    10080,
    *range(6665, 6670),
}
ENV_FILE = ROOT / ".env"


def write_env(port: int) -> None:
    """Write a `.env` for development where there is none: readable by its owner alone, never half-written."""
    if ENV_FILE.exists():
        return
    text = (
        "# Written by ./dev for development; .env.example lists every variable.\n"
        "# Shows errors in full and creates demo accounts: never true in production.\n"
        "DEBUG=true\n"
        "# Signs sessions and the links in emails.\n"
        f"SECRET_KEY={secrets.token_urlsafe(50)}\n"
        "# Signs what the payment sandbox reports to the shop.\n"
        f"STRIPE_WEBHOOK_SECRET=whsec_sandbox_{secrets.token_hex(24)}\n"
        "# The port of `./dev run`.\n"
        f"PORT={port}\n"
    )
    with only_one_at_a_time():
        if ENV_FILE.exists():
            return
        draft = ENV_FILE.with_name(f".env.{os.getpid()}")
        try:
            with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                file.write(text)
            draft.rename(ENV_FILE)
        finally:
            draft.unlink(missing_ok=True)


def value_of(name: str) -> str:
    """A variable of the environment, else of `.env`; "" if neither has it."""
    text = os.environ.get(name, "")
    if not text and ENV_FILE.exists():
        for line in ENV_FILE.read_text().splitlines():
            key, _, value = line.removeprefix("export ").partition("=")
            if key.strip() == name:
                text = value.strip(" \"'")
    return text


def refuse_without_settings() -> None:
    """End with one sentence where nobody has made settings, before anything is installed or started."""
    if not value_of("SECRET_KEY"):
        sys.exit(
            "There are no settings yet: `./dev manage new_env --production` writes .env with fresh secrets and says "
            "what to fill in. To try the shop on this machine, use `./dev run`."
        )


def seconds_of(name: str, default: float) -> float:
    """A number of seconds above zero, of the environment or of `.env`."""
    text = value_of(name)
    try:
        seconds = float(text or default)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < math.inf:
        sys.exit(f"{name} is {text!r}: set a number of seconds above zero.")
    return seconds


def has_sandbox() -> bool:
    """Whether payments go to the local Stripe sandbox; the settings say what else may stand there."""
    return re.sub(r"\W", "", value_of("STRIPE_ENABLED")).lower() not in ("true", "on", "ok", "y", "yes", "1")


def chosen_port() -> int | None:
    """The port from the environment, else from `.env`; None if neither names one."""
    text = value_of("PORT")
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= 65535):
        sys.exit(f"PORT must be 1–65535 (got {text!r}), as in `PORT=5002 ./dev run`.")
    if int(text) in CLOSED_TO_BROWSERS:
        sys.exit(f"Browsers block port {text}: choose another, as in `PORT=5002 ./dev run`.")
    return int(text)


def refuse_taken_port(port: int, *, verb: str = "run") -> None:
    """End with one sentence if the port cannot be had, on either address that `localhost` may mean."""
    command = f"./dev {verb}"
    for family, address in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
        try:
            with socket.socket(family, socket.SOCK_STREAM) as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind((address, port))
        except OSError as error:
            if isinstance(error, PermissionError):
                sys.exit(f"Port {port} needs elevated privileges: choose one above 1023, as in `PORT=5002 {command}`.")
            if error.errno == errno.EADDRINUSE:
                other = port + 1 if port < 65535 else DEFAULT_PORT
                sys.exit(f"Port {port} is taken: stop what uses it, or choose another with `PORT={other} {command}`.")
            if family == socket.AF_INET:
                raise


def environment(port: int | None) -> dict[str, str]:
    """The children's environment, with the port that was chosen."""
    env = dict(os.environ)
    if port:
        env["PORT"] = str(port)
    return env


@contextlib.contextmanager
def shared_figures(env: dict[str, str]) -> Iterator[None]:
    """Let the children count together what Prometheus asks for, in a directory that goes with them.

    The name is the client library's. Nothing where nobody asks for figures, or the directory is named already.
    """
    name = "PROMETHEUS_MULTIPROC_DIR"
    if env.get(name) or not (value_of("METRICS_TOKEN") or value_of("METRICS_ADDRESS")):
        yield
        return
    with tempfile.TemporaryDirectory(prefix="soulfra-metrics-", ignore_cleanup_errors=True) as directory:
        env[name] = directory
        yield
