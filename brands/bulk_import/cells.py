"""Cells of CSV files that no spreadsheet takes for a formula, and back again without a loss.

A text that begins like a formula gets an apostrophe before it, which spreadsheets understand as “this is text”
(OWASP ASVS 5.0, 1.2.10; full-width signs count too, in East Asian editions).
"""

from __future__ import annotations

import re

# Apostrophes before the sign are part of the pattern, so that `plain(safe(text)) == text` for every text.
_LIKE_A_FORMULA = re.compile(r"'*[=+\-@\t\r\n\0＝＋－＠]")
_MADE_SAFE = re.compile(r"''*[=+\-@\t\r\n\0＝＋－＠]")


def safe(text: str) -> str:
    """The cell to write for a text, such that no spreadsheet runs it as a formula."""
    return f"'{text}" if _LIKE_A_FORMULA.match(text) else text


def plain(text: str) -> str:
    """The text that a cell written by `safe` stands for."""
    return text[1:] if _MADE_SAFE.match(text) else text
