"""Words that say what a domain is about, from `data/words.toml`."""

from __future__ import annotations

from brands.analysis.data import inverted, load, sets

_LISTS = load("words")
CATEGORY_WORDS: dict[str, frozenset[str]] = sets(_LISTS["categories"])
PLAIN_WORDS = frozenset(_LISTS["plain"].split())
TYPE_WORDS: dict[str, frozenset[str]] = sets(_LISTS["types"])
EMOJI: dict[str, str] = _LISTS["emoji"]
PLACES: dict[str, str] = inverted(_LISTS["places"])
KNOWN: frozenset[str] = frozenset().union(PLAIN_WORDS, PLACES, *CATEGORY_WORDS.values(), *TYPE_WORDS.values())
