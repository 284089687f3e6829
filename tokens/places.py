"""Where in the shop's own code an error arose: for a line of the log that has no traceback."""

from __future__ import annotations

import traceback
from pathlib import Path

HERE = Path(__file__).parents[1]
APPS = {each.parent.name for each in HERE.glob("*/__init__.py")}


def place_of(error: BaseException) -> str:
    """The innermost frame of the shop's, as `tokens/rows.py, line 20, in get`; nothing where there is none."""
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        path = Path(frame.filename)
        if path.is_relative_to(HERE) and path.relative_to(HERE).parts[0] in APPS:
            return f"{path.relative_to(HERE)}, line {frame.lineno}, in {frame.name}"
    return ""
