"""What is printed and kept: the table of rows, and everything as JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks.figures import Spread
from benchmarks.targets import ROWS

Results = dict[str, Any]
Measured = Mapping[int, list[Spread]]
DEFAULT_FILE = Path(__file__).parent / "results.json"
WIDTHS = (2, 68, 24, 16)


def lines(measured: Measured, skipped: Mapping[int, str] | None = None) -> list[tuple[str, str, str, str, str]]:
    """The cells of the table: number, what, measured, target (stretch), verdict; one line for each figure of a row."""
    skipped = skipped or {}
    cells = []
    for row in ROWS:
        if row.number in measured:
            verdicts = [row.verdict(measured[row.number])] + [""] * len(row.goals)
            figures = [f"{one}{goal.unit}" for goal, one in zip(row.goals, measured[row.number], strict=True)]
        elif row.number in skipped:
            verdicts = [f"skipped: {skipped[row.number]}"] + [""] * len(row.goals)
            figures = [""] * len(row.goals)
        else:
            continue
        for place, goal in enumerate(row.goals):
            cells.append(
                ("" if place else str(row.number), goal.what, figures[place], str(goal), verdicts[place]),
            )
    return cells


def table(measured: Measured, skipped: Mapping[int, str] | None = None) -> str:
    """The table as text. Read a row's verdict at the end of its first line."""
    head = ("#", "what", "median [low..high]", "target (stretch)", "")
    return "\n".join(
        "  ".join((*(cell.ljust(width) for cell, width in zip(line, WIDTHS, strict=False)), line[4])).rstrip()
        for line in (head, *lines(measured, skipped))
    )


def text(results: Results) -> str:
    """What a run says at its end: how fast each side was, the table, and what the audits found."""
    sides = [f"{name:<36}{_rate(side)}" for name, side in results["sides"].items()]
    audited = results["findings"] or [
        "Every side was audited: what is recorded is what was granted less what was spent."
    ]
    conditions = [f"{name}: {value}" for name, value in results["conditions"].items()]
    return "\n".join(["", *sides, "", *conditions, "", *audited, "", table(results["rows"], results["skipped"])])


def _rate(side: dict[str, Spread]) -> str:
    return f"{side['rate']}/s" + (f", p50 {side['p50_us']} µs" if "p50_us" in side else "")


def keep(results: Results, file: Path) -> None:
    file.write_text(json.dumps(results, indent=1, default=vars) + "\n")


def read(file: Path) -> Results:
    """What `keep` wrote, with rows as spreads by their number again."""
    results: Results = json.loads(file.read_text())
    results["rows"] = {int(number): [Spread(**one) for one in row] for number, row in results["rows"].items()}
    results["sides"] = {
        name: {figure: Spread(**one) for figure, one in side.items()} for name, side in results["sides"].items()
    }
    results["skipped"] = {int(number): why for number, why in results["skipped"].items()}
    return results
