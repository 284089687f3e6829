"""`python -m benchmarks`: measure everything, print the table, keep the figures; `--help` lists the options."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from benchmarks import charts, documents, report, shop
from benchmarks.wrk import LoadGeneratorUnavailable
from devtools import processes
from devtools.testing import scratch
from devtools.testing.postgres import PostgresUnavailable

FEWEST_ROUNDS = 5


def options(arguments: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="under five minutes: short ledgers, fewer scales")
    parser.add_argument("--only", metavar="1,2,4", type=_numbers, help="measure only these rows of the table")
    parser.add_argument("--rounds", type=int, default=FEWEST_ROUNDS, help="how many turns each side takes")
    parser.add_argument("--json", type=Path, default=report.DEFAULT_FILE, help="where the figures are kept")
    parser.add_argument("--charts", action="store_true", help="draw the charts in docs/ at the end")
    parser.add_argument("--write-docs", action="store_true", help="measure nothing: write docs/ from the kept figures")
    return parser.parse_args(arguments)


def main() -> int:
    """0, or 1 when the books were wrong after some measurement; a missed target is told, and is no failure."""
    wanted = options()
    if wanted.write_docs:
        documents.write(report.read(wanted.json))
        return 0
    processes.raise_on_signals()
    try:
        results = _measure(wanted)
    except (PostgresUnavailable, LoadGeneratorUnavailable) as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        sys.exit("\nStopped; no figures were kept.")
    report.keep(results, wanted.json)
    print(report.text(results))
    if wanted.charts:
        charts.draw(report.read(wanted.json))
    return 1 if results["findings"] else 0


def _measure(wanted: argparse.Namespace) -> report.Results:
    began = time.monotonic()
    with scratch.directory("soulfra-bench-") as directory, shop.database() as database_url:
        from benchmarks import run  # it imports models, which it can only now

        bench = run.plant(database_url, directory, rounds=max(FEWEST_ROUNDS, wanted.rounds), is_quick=wanted.quick)
        results = run.measure(bench, only=wanted.only)
    results["conditions"]["seconds"] = round(time.monotonic() - began)
    return results


def _numbers(text: str) -> set[int]:
    return {int(number) for number in text.split(",")}


if __name__ == "__main__":
    sys.exit(main())
