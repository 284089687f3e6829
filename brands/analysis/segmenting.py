"""Splitting a label such as “besthomecooking” into its words, by the bundled lists."""

from __future__ import annotations

import re
from dataclasses import dataclass

from brands.analysis.words import CATEGORY_WORDS, KNOWN

_LONGEST_WORD = max(map(len, KNOWN)) + 1
# Beside unknown letters, shorter words are found by chance.
LONG_ENOUGH = 4
TOPIC_WORDS = frozenset[str]().union(*CATEGORY_WORDS.values())
_LONGEST_TOPIC = max(map(len, TOPIC_WORDS))
_PARTS = re.compile(r"\d+(?:st|nd|rd|th)(?![^\W\d_])|[^\W\d_]+|\d+")  # “2nd” is one


@dataclass(frozen=True)
class Segments:
    """`parts` are the label's pieces in order, known words or not; `known` the known ones."""

    parts: tuple[str, ...]
    known: tuple[str, ...]

    @property
    def are_all_known(self) -> bool:
        known = set(self.known)
        return bool(self.parts) and all(part in known or part[0].isdigit() for part in self.parts)

    @property
    def name(self) -> str:
        return " ".join(map(titled, self.parts))


_INITIALS = frozenset("ai api b2b bbq crm diy gdpr hr mmo nyc pvp rpg saas ux vpn vr".split())


def titled(word: str) -> str:
    """A word as it is written in a name: “Ocean”, “AI”."""
    return word.upper() if word in _INITIALS else word[:1].upper() + word[1:]


def segments_of(label: str, *, also: frozenset[str] = frozenset()) -> Segments:
    """The label's words. Hyphens and digits part words; the rest is split where known words cover most of it.

    `also` are words to know besides those of the lists.
    """
    parts: list[str] = []
    for part in _PARTS.findall(label.lower()):
        parts += [part] if part[0].isdigit() or is_known(part, also) else _reliably(_split(part, also), part, also)
    return Segments(tuple(parts), tuple(part for part in parts if is_known(part, also)))


def is_known(word: str, also: frozenset[str]) -> bool:
    """Whether a lower-case word, or its singular, is in the word lists or in `also`."""
    return word in KNOWN or singular(word) in KNOWN or word in also or singular(word) in also


def singular(word: str) -> str:
    """The word without its plural s; words of up to four letters as they are."""
    return word[:-1] if len(word) > 4 and word.endswith("s") else word


def _reliably(words: list[str], text: str, also: frozenset[str]) -> list[str]:
    """The words as they were split, unless that left crumbs; then the text, parted at most from one word of a topic."""
    if all(is_known(word, also) for word in words) and sum(len(word) == 1 for word in words) < 2:
        return words
    shortest_unknown = min((len(word) for word in words if not is_known(word, also)), default=LONG_ENOUGH)
    shortest_known = min((len(word) for word in words if is_known(word, also)), default=LONG_ENOUGH)
    if shortest_unknown >= LONG_ENOUGH and shortest_known >= LONG_ENOUGH - 1:
        return words
    for length in range(min(len(text) - LONG_ENOUGH, _LONGEST_TOPIC), LONG_ENOUGH - 1, -1):
        if text[:length] in TOPIC_WORDS:
            return [text[:length], text[length:]]
        if text[-length:] in TOPIC_WORDS:
            return [text[:-length], text[-length:]]
    return [text]


def _split(text: str, also: frozenset[str]) -> list[str]:
    """The cheapest way to read it: few words, and unknown letters dear."""
    best = [(0, 0, 0, False)]  # to each place: the cost, how many words, where the last one begins, if it is unknown
    for end in range(1, len(text) + 1):
        cost, words, begin, was_unknown = best[end - 1]
        options = [(cost + 8, words, begin, True) if was_unknown else (cost + 14, words + 1, end - 1, True)]
        for start in range(max(0, end - _LONGEST_WORD), end):
            word = text[start:end]
            if is_known(word, also):
                cost, words, *_ = best[start]
                options.append((cost + _cost(word), words + 1, start, False))
        best.append(min(options, key=lambda option: option[:2]))
    found, end = [], len(text)
    while end:
        start = best[end][2]
        found.append(text[start:end])
        end = start
    return found[::-1]


def _cost(word: str) -> int:
    """Short words turn up by chance: one of a letter or two must be worth less than a longer one."""
    return {1: 13, 2: 11, 3: 8}.get(len(word), 6)
