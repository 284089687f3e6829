"""The numbers of rows as addresses and forms write them, and where a page of a list of rows begins."""

from __future__ import annotations

import re

from tokens.errors import NoSuchPage

_ID = re.compile("[0-9]{1,18}")  # any column holds as much


def row_id(text: str) -> int | None:
    """The number of a row; None for what is no number, or none that a row can have."""
    return int(text) if _ID.fullmatch(text) else None


def start_of_page(text: str) -> int:
    """The id of the row just before the page. Raises NoSuchPage."""
    if (found := row_id(text)) is None:
        raise NoSuchPage
    return found
