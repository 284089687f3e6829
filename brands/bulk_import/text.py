"""From the bytes of a file to its text: how large it may be, its encoding, and what is no CSV at all.

Nothing beyond the limit of bytes is ever read, however long a line is.
"""

from __future__ import annotations

import codecs
import re
from pathlib import Path
from typing import BinaryIO

from brands.errors import BadFile, FileTooLarge

MOST_BYTES = 5 * 1000 * 1000
_TOO_LARGE = "The file has more than 5 MB. Split it, and import the parts one after the other."
_AS_UTF8 = "Save it as “CSV UTF-8” and send it again."
_FIRST_BYTES = {
    b"PK\x03\x04": "a spreadsheet or an archive",
    b"\xd0\xcf\x11\xe0": "a spreadsheet of an older Excel",
    b"\x1f\x8b": "an archive",
    b"%PDF": "a PDF",
}
_LIKE_JSON = re.compile(r"(?:\{\s*[\"}]|\[\s*[\[{\"\]])")
_LIKE_MARKUP = re.compile(r"<(?:!doctype|\?xml|html)", re.IGNORECASE)


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
    """The text of a file in UTF-8, or in UTF-16 with a byte order mark as Excel's “Unicode text” is. Raises BadFile."""
    if len(data) > MOST_BYTES:
        raise FileTooLarge(_TOO_LARGE)
    for first, kind in _FIRST_BYTES.items():
        if data.startswith(first):
            raise BadFile(f"The file is {kind}, not CSV. {_AS_UTF8}")
    text = _in_utf16(data) if data[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE) else _in_utf8(data)
    if "\x00" in text:
        raise BadFile("The file is not text: it holds bytes that no CSV file has. Send a CSV file in UTF-8.")
    beginning = text[:1000].lstrip()
    if not beginning and not text.strip():
        raise BadFile("The file is empty.")
    if _LIKE_JSON.match(beginning):
        raise BadFile("This is JSON, not CSV. Export it as CSV, with a column “domain”, and send that.")
    if _LIKE_MARKUP.match(beginning):
        raise BadFile("This is a web page or XML, not CSV. Export it as CSV, with a column “domain”, and send that.")
    return text


def _in_utf16(data: bytes) -> str:
    try:
        return data.decode("utf-16")
    except UnicodeDecodeError as error:
        raise BadFile(f"The file begins as UTF-16 does, but is not. {_AS_UTF8}") from error


def _in_utf8(data: bytes) -> str:
    # Another encoding is never guessed: a wrong guess would be imported, and paid for, under another name.
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if b"\x00" in data:
            return "\x00"
        before = data[: error.start]
        line = before.count(b"\n") + before.count(b"\r") - before.count(b"\r\n") + 1
        raise BadFile(f"Line {line} is not in UTF-8, but in an older encoding. {_AS_UTF8}") from error
