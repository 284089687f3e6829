"""The word lists of the rules, as TOML and text files that people who know no Python can edit."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any


def load(name: str) -> dict[str, Any]:
    """The content of `<name>.toml` beside this file. Raises FileNotFoundError, tomllib.TOMLDecodeError."""
    return tomllib.loads((Path(__file__).parent / f"{name}.toml").read_text(encoding="utf-8"))


def read(name: str) -> frozenset[str]:
    """The words of `<name>.txt` beside this file, whose lines with a # are comments. Raises FileNotFoundError."""
    lines = (Path(__file__).parent / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    return frozenset(word for line in lines if not line.startswith("#") for word in line.split())


def sets(groups: dict[str, str]) -> dict[str, frozenset[str]]:
    """From `{"art": "paint draw"}` to the set of words of each group."""
    return {group: frozenset(words.split()) for group, words in groups.items()}


def inverted(groups: dict[str, str]) -> dict[str, str]:
    """From `{"Germany": "berlin hamburg"}` to `{"berlin": "Germany", "hamburg": "Germany"}`."""
    return {word: group for group, words in groups.items() for word in words.split()}
