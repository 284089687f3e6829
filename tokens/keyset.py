"""Where a page of a list of rows begins, as an address says it."""

from __future__ import annotations

import re

from tokens.errors import NoSuchPage


def start_of_page(text: str) -> int:
    """The id of the row just before the page. Raises NoSuchPage."""
    if not re.fullmatch(r"[0-9]{1,18}", text):
        raise NoSuchPage
    return int(text)
