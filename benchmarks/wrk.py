"""The load generator for HTTP, wrk, with a script of ours for each kind of request."""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

from benchmarks.figures import Slice
from benchmarks.rounds import Side
from devtools.venv import failure_of

SCRIPTS = Path(__file__).parent / "lua"
MARK = "RESULT"
# A disk that others use may stand still for a whole turn.
TRIES = 3


class LoadGeneratorUnavailable(Exception):
    """wrk is not here and could not be installed; the message is one sentence that says what to do."""


def make_ready() -> None:
    """See that wrk is there; root on Debian gets it installed."""
    if shutil.which("wrk"):
        return
    if os.geteuid() == 0 and shutil.which("apt-get"):
        print("Installing wrk with apt-get …", flush=True)
        debian = ["env", "DEBIAN_FRONTEND=noninteractive", "apt-get"]
        if not failure_of([*debian, "update"]):
            failure_of([*debian, "install", "--yes", "--no-install-recommends", "wrk"])
    if not shutil.which("wrk"):
        raise LoadGeneratorUnavailable(
            "HTTP is measured with wrk, which was not found: install it (on Debian `apt-get install wrk` as root)."
        )


def side(address: str, script: str, *, connections: int, arguments: Callable[[], list[str]] | None = None) -> Side:
    """Requests to `address` by lua/`script`.lua, which is given `arguments` anew for every turn.

    Raises RuntimeError if a request was not answered with success: a refusal is quicker than the work.
    """
    command = [
        "wrk",
        "--threads=1",
        "--timeout=30s",
        f"--connections={connections}",
        f"--script={SCRIPTS / script}.lua",
    ]

    def run(seconds: int) -> Slice:
        for _ in range(TRIES):
            requests, microseconds, p50, lost, refused = _run(
                [*command, f"--duration={seconds}s", address, "--", *(arguments() if arguments else [])]
            )
            if lost or refused:
                raise RuntimeError(
                    f"{address}: of {requests:.0f} requests {refused:.0f} were refused, {lost:.0f} lost."
                )
            if requests:
                return Slice(requests / microseconds * 1e6, p50)
        raise RuntimeError(f"{address}: nothing was answered in {TRIES} turns.")

    return run


def _run(command: list[str]) -> list[float]:
    done = subprocess.run(command, cwd=SCRIPTS, capture_output=True, text=True, timeout=120)
    words = done.stdout.partition(MARK)[2].split()
    if done.returncode or len(words) != 5:
        raise RuntimeError(f"wrk failed: {done.stdout} {done.stderr}")
    return [float(word) for word in words]


def fresh(*arguments: str) -> Callable[[], list[str]]:
    """The same arguments every turn, and a text that no other turn has, to begin idempotency keys with."""
    return lambda: [*arguments, secrets.token_hex(8)]
