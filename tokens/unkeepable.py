"""What no database stores in a text: the NUL, and half of a surrogate pair."""

from __future__ import annotations

import re

UNKEEPABLE = re.compile("[\0\ud800-\udfff]")


def is_keepable(text: str) -> bool:
    """Whether both databases can store this text."""
    return UNKEEPABLE.search(text) is None
