"""`python -m benchmarks.packages`: wallet packages beside the shop's `spend`, on one PostgreSQL, in one run.

They are installed into a virtual environment that is thrown away afterwards; the project does not depend on them. Each
side is a process of its own (`benchmarks.package_spender`), which waits for its turns.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import IO

from benchmarks import shop
from benchmarks.figures import Slice, Spread, rates
from benchmarks.rounds import Side, take_turns
from devtools import processes
from devtools.testing import scratch
from devtools.venv import ROOT

VERSIONS = {
    "Django": "5.2.19",
    "dj-database-url": "3.1.2",
    "dj-wallet": "0.1.0",
    "django-hordak": "2.0.0",
    "psycopg[binary]": "3.3.9",
}
SHOP = "the shop"
SIDES = (SHOP, "usual Django", "dj-wallet", "django-hordak")
ROUNDS = 5


def main() -> None:
    processes.raise_on_signals()
    with (
        scratch.directory("soulfra-packages-") as directory,
        shop.database() as url,
        contextlib.ExitStack() as stack,
    ):
        python = _installed(directory)
        shop.execute("CREATE DATABASE packages")
        theirs = {"PATH": os.environ["PATH"], "DATABASE_URL": url.replace("/soulfra?", "/packages?")}
        of_clients: dict[str, Callable[[int], Side]] = {}
        for name in SIDES:
            run = (sys.executable, dict(os.environ)) if name == SHOP else (str(python), theirs)
            of_clients[name] = stack.enter_context(_spender(name, *run))
        for clients in (1, 8):
            turns = take_turns({name: side(clients) for name, side in of_clients.items()}, rounds=ROUNDS)
            for name, slices in turns.items():
                rate, ahead = Spread.of([one.rate for one in slices]), rates(turns, SHOP, of=name)
                who = f"{name}, {clients} thread{'s' if clients > 1 else ''}"
                print(f"{who}: {rate} a second; the shop is {ahead} times as fast", flush=True)
        print(f"Versions: {VERSIONS}")


def _installed(directory: Path) -> Path:
    """The Python of a new virtual environment that has them."""
    subprocess.run([sys.executable, "-m", "venv", directory / "venv"], check=True)
    python = directory / "venv" / "bin" / "python"
    wanted = [f"{name}=={version}" for name, version in VERSIONS.items()]
    subprocess.run([python, "-m", "pip", "install", "--quiet", "--quiet", *wanted], check=True)
    return python


@contextlib.contextmanager
def _spender(name: str, python: str, env: dict[str, str]) -> Iterator[Callable[[int], Side]]:
    """For each turn a line goes to the process, "threads seconds", and its rate comes back."""
    command = [python, "-m", "benchmarks.package_spender", name]
    theirs, ours = os.pipe()
    child = processes.start(
        [*command, str(theirs)], cwd=ROOT, env=env, stdout=subprocess.PIPE, pass_fds=(theirs,), text=True
    )
    os.close(theirs)
    try:
        with open(ours, "w") as ask:
            answers: IO[str] = child.stdout  # type: ignore[assignment]  # text, as asked for
            if answers.readline() != "ready\n":
                raise RuntimeError(f"{name} did not start: the lines above say why.")
            yield lambda clients: partial(_turn, ask, answers, clients)
    finally:
        processes.end(child)


def _turn(ask: IO[str], answers: IO[str], clients: int, seconds: int) -> Slice:
    print(clients, seconds, file=ask, flush=True)
    return Slice(float(answers.readline()))


if __name__ == "__main__":
    main()
