"""Where in the shop's own code an error arose: for a line of the log that has no traceback."""

from __future__ import annotations

import traceback
from pathlib import Path

HERE = Path(__file__).parents[1]
APPS = {each.parent.name for each in HERE.glob("*/__init__.py")}
# What passes on the statements of others says little.
PASSING_ON = (
    "soulfra/postgresql/",
    "accounts/sql.py",
    "accounts/prepared.py",
    "tokens/rows.py",
    "tokens/transactions.py",
)


def place_of(error: BaseException) -> str:
    """The innermost frame of the shop's, as `tokens/leases.py, line 29, in take`; nothing where there is none."""
    frames = [
        f"{Path(frame.filename).relative_to(HERE)}, line {frame.lineno}, in {frame.name}"
        for frame in traceback.extract_tb(error.__traceback__)
        if any(Path(frame.filename).is_relative_to(HERE / app) for app in APPS)
    ]
    return ([each for each in frames if not each.startswith(PASSING_ON)] or frames or [""])[-1]
