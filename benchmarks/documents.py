"""The figures in docs/performance.md: each stands between two comments that name it, and is written from a kept run."""

from __future__ import annotations

import re
from collections.abc import Sequence

from benchmarks import charts, report
from benchmarks.figures import Spread, figure
from benchmarks.report import Results
from devtools.venv import ROOT

PAGE = ROOT / "docs" / "performance.md"
SECONDS_OF_A_DAY = 86_400


def write(results: Results) -> None:
    """Put the run's figures into the page, and draw its charts."""
    text = PAGE.read_text()
    for name, figures in places(results).items():
        text = fill(text, name, figures)
    PAGE.write_text(text)
    charts.draw(results)


def fill(text: str, name: str, figures: str) -> str:
    """The text with whatever stood in the place of that name exchanged. Raises ValueError if there is no such place."""
    place = re.compile(f"(<!-- {name} -->\n).*?(<!-- /{name} -->)", re.DOTALL)
    filled, count = place.subn(lambda found: f"{found[1]}\n{figures}\n\n{found[2]}", text)
    if count != 1:
        raise ValueError(f"docs/performance.md has {count} places named {name}.")
    return filled


def places(results: Results) -> dict[str, str]:
    return {
        "conditions": _conditions(results),
        "table": _table(results),
        "sides": _sides(results),
        "arithmetic": _arithmetic(results),
    }


def _conditions(results: Results) -> str:
    found = results["conditions"]
    kind = "A quick run" if found["quick"] else "The full run"
    return (
        f"{kind} of {found['at']} UTC: {found['cores']} cores for everything, PostgreSQL {found['postgresql']}, "
        f"Python {found['python']}, {found['rounds']} rounds; "
        f"a flush of the disk took {found['a flush of the disk in µs']} µs."
    )


def _table(results: Results) -> str:
    cells = report.lines(results["rows"], results["skipped"])
    return _markdown(("#", "what", "median [low..high]", "target (stretch)", ""), cells)


def _sides(results: Results) -> str:
    cells = [
        (name, f"{side['rate']}", f"{side['p50_us']}" if "p50_us" in side else "")
        for name, side in results["sides"].items()
    ]
    return _markdown(("side, clients", "a second", "p50 µs"), cells)


def _arithmetic(results: Results) -> str:
    """What one PostgreSQL carries, multiplied out from the sides; a line for each side that was measured."""
    sides, found = results["sides"], []
    for name, what in {
        "spend, random, 8": "spends by 8 threads of one process",
        "HTTP spend, 8": "spends over HTTP by four processes",
        "spend, hot, 8": "spends of one wallet",
        "spend_many, hot, 8": "spends of one wallet, fifty in a call",
        "webhook, first delivery, 8": "payments",
    }.items():
        if name in sides:
            found.append(f"- {what}: {_a_day(sides[name]['rate'])}")
    weight = results["conditions"].get("bytes a spend")
    if weight:
        found.append(
            f"- a spend takes {figure(weight)} bytes with its indexes, so a million a day is "
            f"{figure(weight * 1e6 * 365 / 1e9)} GB a year"
        )
    return "\n".join(found)


def _a_day(rate: Spread) -> str:
    return f"{figure(rate.median)} a second, {figure(rate.median * SECONDS_OF_A_DAY / 1e6)} million a day"


def _markdown(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
