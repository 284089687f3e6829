"""From the bytes of a file to the cells of its records: encoding, separator, comments, and what is no CSV at all.

Nothing beyond the limit of bytes is ever read, however long a line is.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from brands.errors import BadFile, FileTooLarge

MOST_BYTES = 5 * 1000 * 1000
SEPARATORS = (",", ";", "\t")
_BYTE_ORDER_MARKS = {b"\xff\xfe": "UTF-16", b"\xfe\xff": "UTF-16"}
_TOO_LARGE = "The file has more than 5 MB. Split it, and import the parts one after the other."
_AS_UTF8 = "Save it as “CSV UTF-8” and send it again."

_EXCELS_SEPARATOR = re.compile(r'\s*"?sep=.?"?\s*', re.IGNORECASE)

Record = tuple[int, list[str]]


def read_file(path: Path) -> bytes:
    """The bytes of a file; of one that is too large only what shows that it is. Raises BadFile."""
    try:
        with path.open("rb") as file:
            return read_stream(file)
    except OSError as error:
        raise BadFile(f"{path} cannot be read: {error.strerror}.") from error


def read_stream(file: BinaryIO) -> bytes:
    """As `read_file`, for a file that is open already."""
    data = file.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        raise FileTooLarge(_TOO_LARGE)
    return data


def decoded(data: bytes) -> str:
    """The text of a file in UTF-8, with or without a byte order mark. Raises BadFile."""
    if len(data) > MOST_BYTES:
        raise FileTooLarge(_TOO_LARGE)
    if data[:2] in _BYTE_ORDER_MARKS:
        raise BadFile(f"The file is in {_BYTE_ORDER_MARKS[data[:2]]}, not in UTF-8. {_AS_UTF8}")
    if data[:4] == b"PK\x03\x04":
        raise BadFile(f"The file is a spreadsheet or an archive, not CSV. {_AS_UTF8}")
    if b"\x00" in data:
        raise BadFile("The file is not text: it holds bytes that no CSV file has. Send a CSV file in UTF-8.")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise BadFile(f"Line {line} is not in UTF-8. {_AS_UTF8}") from error
    if not text.strip():
        raise BadFile("The file is empty.")
    return text


def records(text: str) -> Iterator[Record]:
    """(number of the line it begins on, its cells), the header first; comments and empty lines are left out.

    Raises BadFile where the quotes do not match.
    """
    return _records(text, _Lines(text))


def comments_after_header(text: str) -> int:
    """How many lines were left out as comments, which may have been meant as rows. Raises as `records`."""
    lines = _Lines(text)
    found = _records(text, lines)
    next(found, None)
    before = lines.comments
    for _ in found:
        pass
    return lines.comments - before


def _records(text: str, lines: _Lines) -> Iterator[Record]:
    reader = csv.reader(lines, delimiter=_separator(text), strict=True, skipinitialspace=True)
    while True:
        lines.begins = 0
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise BadFile(f"The record that begins on line {lines.begins} cannot be read: {error}.") from error
        if any(cell.strip() for cell in cells):
            yield lines.begins, cells


class _Lines:
    """The lines that the reader is given. A `#` begins a comment only where a record would begin."""

    def __init__(self, text: str) -> None:
        self._lines = io.StringIO(text, newline="")
        self._number = 0
        self.comments = 0
        self.begins = 0  # the line on which the record at hand begins; 0: none has been begun

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        for line in self._lines:
            self._number += 1
            if self.begins:
                return line
            if line.lstrip().startswith("#"):
                self.comments += 1
            elif self._number > 1 or not _EXCELS_SEPARATOR.fullmatch(line):
                self.begins = self._number
                return line
        raise StopIteration


def _separator(text: str) -> str:
    """The one that the header is written with: it finds a column “domain”, or else the most columns."""
    lines = (line.strip() for line in io.StringIO(text, newline=""))
    is_header = (line for line in lines if line and not line.startswith("#") and not _EXCELS_SEPARATOR.fullmatch(line))
    header = next(is_header, "")

    def fitness(separator: str) -> tuple[bool, int]:
        names = [name.strip().strip('"').strip().lower() for name in header.split(separator)]
        return "domain" in names, len(names)

    return max(SEPARATORS, key=fitness)
