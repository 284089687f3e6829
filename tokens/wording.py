"""Sentences that are put together from texts of others."""

from __future__ import annotations

ENDS = (".", "!", "?", "…", ":")
CLOSING = "”’\"')"


def sentence(text: object) -> str:
    """The text with a full stop, unless it ends like a sentence already."""
    said = str(text).rstrip()
    return said if not said or said.rstrip(CLOSING).endswith(ENDS) else f"{said}."


def counted(number: int, noun: str) -> str:
    """The number with its noun: “1 token”, “1,000 tokens”."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
