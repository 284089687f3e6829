"""Sentences put together from texts of others, and numbers with their nouns."""

from __future__ import annotations

from django.contrib.humanize.templatetags.humanize import intcomma

ENDS = (".", "!", "?", "…", ":")
CLOSING = "”’\"')"


def sentence(text: object) -> str:
    """The text with a full stop, unless it ends like a sentence already."""
    said = str(text).rstrip()
    return said if not said or said.rstrip(CLOSING).endswith(ENDS) else f"{said}."


def inside(text: str) -> str:
    """The text inside a sentence: its first letter is small, unless its first word has others, as in “AI analyses”."""
    first = text.partition(" ")[0]
    return text[:1].lower() + text[1:] if first[1:] == first[1:].lower() else text


def counted(number: int, noun: str, plural: str = "") -> str:
    """The number with its noun: “1 token”, “1,000 tokens”. `plural` is for a noun that takes more than an s."""
    return f"{intcomma(number)} {noun if number == 1 else plural or f'{noun}s'}"


def signed(number: int) -> str:
    """The number with its sign, and none for 0: “+1,000”, “-5”."""
    return f"+{intcomma(number)}" if number > 0 else intcomma(number)
