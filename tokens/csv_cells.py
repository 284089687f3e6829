"""Cells of CSV files that no spreadsheet takes for a formula, whatever separates its cells, and back without a loss.

A sign with which formulas begin gets an apostrophe before it, which spreadsheets understand as “this is text”: at the
start of a cell, and after whatever another program may split the cell at (OWASP ASVS 5.0, 1.2.10; full-width signs
count too, in East Asian editions).
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterable
from typing import Any

_SIGN = "[=+\\-@＝＋－＠]"
# What may stand between the start of a cell and the sign all the same: blanks and quotes, which a program may take off,
# and apostrophes, which are counted, so that `plain(safe(text)) == text` for every text.
_PASSED = "(?:[^\\S\t\r\n]|[\"'\0\ufeff\u200b])*"
_BEGINS = re.compile(f"((?:^|[,;|\t\r\n]){_PASSED})({_SIGN})")
_MADE_SAFE = re.compile(f"((?:^|[,;|\t\r\n]){_PASSED})'({_SIGN})")
# Some programs drop these from the start of a cell, and read what follows.
_DROPPED = re.compile("'*[\t\r\n\0]")
_KEPT = re.compile("''*[\t\r\n\0]")


def safe(text: str) -> str:
    """The cell to write for this text."""
    text = _BEGINS.sub(r"\1'\2", text)
    return f"'{text}" if _DROPPED.match(text) else text


def plain(text: str) -> str:
    """The text that a cell stands for."""
    text = text[1:] if _KEPT.match(text) else text
    return _MADE_SAFE.sub(r"\1\2", text)


def writer_to(out: Any, **options: Any) -> Callable[[Iterable[object]], object]:
    """Writes a row of a CSV file: texts made safe, numbers as they are. `options` are those of `csv.writer`."""
    write = csv.writer(out, **options).writerow
    return lambda cells: write([safe(cell) if isinstance(cell, str) else cell for cell in cells])
