"""Words of a name inside a sentence: in quotation marks, and several of them joined."""

from __future__ import annotations

from collections.abc import Sequence

NUMBERS = dict(enumerate("no one two three four five six seven eight nine ten".split()))


def quoted(word: str) -> str:
    """The word in quotation marks."""
    return f"“{word}”"


def listed(words: Sequence[str]) -> str:
    """The first words in quotation marks: “how”, “to” and “at”; at most four."""
    *most, last = map(quoted, words[:4])
    return f"{', '.join(most)} and {last}" if most else last
