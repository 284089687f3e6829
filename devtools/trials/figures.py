"""What a trial found: printed, and kept in docs/operating.md between the marks of that trial."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from datetime import UTC, datetime

from devtools.venv import ROOT

PAGE = ROOT / "docs/operating.md"


def text(trial: str, found: Mapping[str, str]) -> str:
    width = max(len(name) for name in found)
    return "\n".join([f"\nTrial {trial}: passed", *(f"  {name:{width}}  {value}" for name, value in found.items())])


def keep(trial: str, found: Mapping[str, str]) -> None:
    """Put the figures between `<!-- trial NAME -->` and `<!-- /trial -->`. Raises LookupError without such marks."""
    rows = "\n".join(f"| {name} | {value} |" for name, value in found.items())
    when = datetime.now(UTC).strftime("%Y-%m-%d %H:%M")
    table = f"| `./dev trial {trial}` | {when} UTC, {os.cpu_count()} cores for everything |\n| --- | --- |\n{rows}"
    marks = re.compile(rf"(<!-- trial {trial} -->\n).*?(\n<!-- /trial -->)", re.DOTALL)
    page, count = marks.subn(lambda match: f"{match[1]}\n{table}\n{match[2]}", PAGE.read_text())
    if not count:
        raise LookupError(f"{PAGE} has no place for the figures of {trial}.")
    PAGE.write_text(page)
