"""The run itself: people, each measurement in its turn, and an audit after each."""

from __future__ import annotations

import os
import platform
import time
from pathlib import Path
from statistics import median

from benchmarks import (
    audit,
    holds,
    http,
    people,
    pgbench,
    race,
    reads,
    report,
    server_times,
    shop,
    spends,
    sqlite,
    statements,
    steady,
    webhook,
)
from benchmarks.bench import Bench, Measure, Skipped
from benchmarks.figures import Spread
from tokens.reports.audit import audit as audit_of_the_shop

# The shop's own audit walks through the entries one by one.
MOST_ENTRIES_TO_AUDIT = 300_000
FLUSHES = 50


def plant(database_url: str, directory: Path, *, rounds: int, is_quick: bool) -> Bench:
    _say("planting ten thousand customers")
    pgbench.plant(directory)
    bench = Bench(database_url, directory, people.plant(), rounds, is_quick)
    shop.settle()
    return bench


def measures(*, is_quick: bool) -> list[tuple[set[int], Measure]]:
    """The rows of the table and what measures them, in the order in which they run: the long ledgers come last."""
    other_scales: list[tuple[set[int], Measure]] = [(set(), spends.other_clients), (set(), http.thirty_two_connections)]
    return [
        ({1}, spends.eight_threads),
        ({2}, spends.one_thread),
        ({3}, spends.hot_wallet),
        ({12}, spends.many_at_once),
        ({20}, spends.guarded),
        ({21}, spends.by_keys),
        ({14}, steady.steady),
        ({16}, steady.weight),
        ({15}, holds.holds),
        ({11}, race.race),
        ({4, 6}, http.one_connection),
        ({5}, http.eight_connections),
        ({18}, http.fast_path),
        *([] if is_quick else other_scales),
        ({9}, webhook.completion),
        ({10}, statements.count),
        ({17}, sqlite.spends_on_sqlite),
        ({13}, server_times.pages),
        ({7, 8, 19}, reads.long_ledger),
    ]


def measure(bench: Bench, *, only: set[int] | None) -> report.Results:
    """Everything that is kept: the rows, how fast each side was, and what the audits found."""
    measured: dict[int, list[Spread]] = {}
    skipped: dict[int, str] = {}
    findings: list[str] = []
    flushes = []
    for rows, take in measures(is_quick=bench.is_quick):
        if only is not None and not rows & only:
            continue
        _say(f"measuring {take.__name__.replace('_', ' ')}")
        try:
            measured |= take(bench)
        except Skipped as reason:
            skipped |= dict.fromkeys(rows, str(reason))
        except RuntimeError as failure:  # the other rows are still worth having
            findings.append(f"{take.__name__}: {failure}")
            skipped |= dict.fromkeys(rows, "it failed, see above")
        findings += audit.findings()
        flushes.append(_flush_us(bench.directory))
    if audit.entries() <= MOST_ENTRIES_TO_AUDIT:
        findings += audit_of_the_shop()
    return {
        "conditions": {**_conditions(bench), "a flush of the disk in µs": str(Spread.of(flushes))},
        "rows": measured,
        "skipped": skipped,
        "sides": bench.sides,
        "findings": findings,
    }


def _flush_us(directory: Path) -> float:
    """What a commit waits for: a page written and flushed. A bare view waits for none, so this moves its ratios."""
    times = []
    with open(directory / "flushed", "wb", buffering=0) as file:
        for _ in range(FLUSHES):
            file.write(b"." * 8192)
            began = time.perf_counter()
            os.fsync(file.fileno())
            times.append((time.perf_counter() - began) * 1e6)
    return median(times)


def _conditions(bench: Bench) -> dict[str, object]:
    [[postgresql]] = shop.execute("SHOW server_version")
    return {
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "postgresql": str(postgresql),
        "rounds": bench.rounds,
        "quick": bench.is_quick,
        "at": time.strftime("%Y-%m-%d %H:%M", time.gmtime()),
        **bench.notes,
    }


def _say(what: str) -> None:
    print(f"… {what}", flush=True)
