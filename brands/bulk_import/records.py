"""From the text of a file to the cells of its records: lines, comments and quotes, in one pass.

What is wrong with the quotes is said in a sentence with the line where the record begins.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from brands.errors import BadFile

KEPT_COMMENTS = 100

Record = tuple[int, list[str]]


class Records:
    """(number of the line it begins on, its cells) of each record; comments and empty lines are left out.

    Raises BadFile where the quotes do not match. Records up to the line `after` are left out, and not in `comments`.
    """

    def __init__(self, text: str, separator: str, *, after: int = 0, first_line: int = 1) -> None:
        self._lines = io.StringIO(text, newline="")
        self._reader = csv.reader(self._given(), delimiter=separator, strict=True, skipinitialspace=True)
        self._number = first_line - 1
        self._begins = 0  # the line on which the record at hand begins; 0: none has been begun
        self._after = after
        self.comments = 0
        self.first_comments: list[tuple[int, str]] = []

    def __iter__(self) -> Iterator[Record]:
        while True:
            self._begins = 0
            try:
                cells = next(self._reader)
            except StopIteration:
                return
            except csv.Error as error:
                raise BadFile(self._sentence(str(error))) from error
            if self._begins > self._after and any(cell.strip() for cell in cells):
                yield self._begins, cells

    def _given(self) -> Iterator[str]:
        """The lines that the reader is given. A `#` begins a comment only where a record would begin."""
        for line in self._lines:
            self._number += 1
            if self._begins:
                yield line
            elif line.lstrip().startswith("#"):
                self.comments += self._number > self._after
                if len(self.first_comments) < KEPT_COMMENTS:
                    self.first_comments.append((self._number, line))
            elif not line.isspace() and (self._number > 1 or excels_separator(line) is None):
                self._begins = self._number
                yield line

    def _sentence(self, error: str) -> str:
        line, most = self._begins, csv.field_size_limit()
        if "unexpected end" in error or ("field larger" in error and self._number > line):
            return f"The quote that opens in the record on line {line} is never closed. Close it, or remove it."
        if "field larger" in error:
            return f"A cell on line {line} has more than {most:,} characters. Shorten it, or remove it."
        if "expected after" in error:
            said = f"In the record on line {line}, text follows a closing quote."
            return f"{said} Inside quotes, write a quote twice."
        return f"The record that begins on line {line} cannot be read. Check its quotes."


def excels_separator(line: str) -> str | None:
    """The separator that a first line `sep=;` names, which Excel writes and reads; None for any other line."""
    words = line.strip().strip('"')
    is_one = len(words) == 5 and words[:4].lower() == "sep=" and not words[4].isalnum() and words[4] not in ' "#'
    if words.lower() in ("sep=", "sep"):  # a tab, which was stripped
        return "\t" if "\t" in line else None
    return words[4] if is_one else None
