"""Row 13: how long the server takes for three pages, on PostgreSQL and on SQLite; the slower of the two counts."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys

from benchmarks.bench import Bench, Skipped
from benchmarks.figures import Spread
from benchmarks.page_timer import PAGES
from benchmarks.shop import execute
from devtools import processes
from devtools.venv import ROOT

PURCHASES, QUICK_PURCHASES = 1_000_000, 10_000
LONGEST_SECONDS = 3600


def pages(bench: Bench) -> dict[int, list[Spread]]:
    if not importlib.util.find_spec("benchmarks.pages"):
        raise Skipped("there is no benchmarks.pages")
    purchases = QUICK_PURCHASES if bench.is_quick else PURCHASES
    execute("CREATE DATABASE pages")
    try:
        addresses = {
            "PostgreSQL": bench.database_url.replace("/soulfra?", "/pages?"),
            "SQLite": f"sqlite:///{bench.directory / 'pages.db'}",
        }
        found = {kind: _timed(url, purchases, bench.rounds) for kind, url in addresses.items()}
    finally:
        execute("DROP DATABASE pages WITH (FORCE)")
    for kind, spreads in found.items():
        bench.notes |= {f"page {name} on {kind} in ms": round(spread.median, 1) for name, spread in spreads.items()}
    bench.notes["purchases behind the pages"] = purchases
    slower = [max((spreads[name] for spreads in found.values()), key=lambda spread: spread.median) for name in PAGES]
    return {13: slower}


def _timed(database_url: str, purchases: int, rounds: int) -> dict[str, Spread]:
    """Each page's milliseconds on a shop of that size, which is planted there first."""
    command = [sys.executable, "-m", "benchmarks.page_timer", str(purchases), str(rounds)]
    env = {**os.environ, "DATABASE_URL": database_url}
    child = processes.start(command, env=env, cwd=ROOT, stdout=subprocess.PIPE)
    try:
        output, _ = child.communicate(timeout=LONGEST_SECONDS)
    finally:
        processes.end(child)
    if child.returncode:
        raise RuntimeError(f"The pages could not be timed on {database_url}: the lines above say why.")
    return {name: Spread.of(times) for name, times in json.loads(output).items()}
