"""The sentences of the rules, from `data/`: what a brand of each kind could say about itself."""

from __future__ import annotations

from dataclasses import dataclass

from brands.analysis.data import load


@dataclass(frozen=True)
class Phrases:
    """`goal` finishes “helps people …”; `first_step` is an order; `about` is the subject; `taglines` have {name}."""

    emoji: str
    industry: str
    about: str
    audience: str
    goal: str
    first_step: str
    brand_type: str
    taglines: list[str]


@dataclass(frozen=True)
class OpenPhrases:
    """For a name that tells no subject, by what it tells instead."""

    tagline: str
    audience: str
    purpose: str
    first_step: str
    risk: str


_LISTS, _MODIFIERS = load("phrases"), load("modifiers")
CATEGORY_PHRASES: dict[str, Phrases] = {key: Phrases(**said) for key, said in _LISTS["categories"].items()}
OTHER_PHRASES = Phrases(**_LISTS["other"])
OPEN_PHRASES: dict[str, OpenPhrases] = {kind: OpenPhrases(**said) for kind, said in _LISTS["open"].items()}
TYPE_NOUNS: dict[str, str] = _LISTS["type_nouns"]
# A word that says how or for whom, and the clause that follows from it.
CLAUSES: dict[str, str] = {word: group["clause"] for group in _MODIFIERS.values() for word in group["words"].split()}
