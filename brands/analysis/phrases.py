"""The sentences of the rules, from `data/phrases.toml`: what a brand of each kind could say about itself."""

from __future__ import annotations

from dataclasses import dataclass

from brands.analysis.data import load


@dataclass(frozen=True)
class Phrases:
    """`goal` finishes “helps them …”; `first_step` is an order; `taglines` take {name}."""

    emoji: str
    industry: str
    audience: str
    goal: str
    first_step: str
    brand_type: str
    taglines: list[str]


_LISTS = load("phrases")
CATEGORY_PHRASES: dict[str, Phrases] = {key: Phrases(**said) for key, said in _LISTS["categories"].items()}
OTHER_PHRASES, OPEN_PHRASES = Phrases(**_LISTS["other"]), Phrases(**_LISTS["open"])
TYPE_NOUNS: dict[str, str] = _LISTS["type_nouns"]
NEXT_STEPS: dict[str, str] = _LISTS["next_steps"]
