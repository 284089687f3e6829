"""Names that everybody knows, beside a name: the same, one letter away, or written to look like one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from brands.analysis.data import read
from brands.analysis.quoted import listed, quoted
from brands.analysis.sound import plain
from brands.analysis.words import KNOWN

FAMOUS: tuple[str, ...] = tuple(sorted(read("famous")))
# Shorter names have too many words one letter away.
LONG_ENOUGH = 5
# What is drawn like a letter, or like two.
LOOKS = {"0": "o", "1": "li", "3": "e", "4": "a", "5": "s", "6": "b", "7": "t", "8": "b", "9": "g"}
TWO_LIKE_ONE = {"rn": "m", "vv": "w"}


@dataclass(frozen=True)
class Likeness:
    """`piece` of a label is like `famous`: the same, or, as `how` says, `forged` to look like it or one letter away."""

    piece: str
    famous: str
    how: str = ""
    is_forged: bool = False

    @property
    def is_same(self) -> bool:
        return not self.how


def likeness_of(label: str, parts: Iterable[str]) -> Likeness | None:
    """The well-known name that a label, or a piece of it, is like; what deceives most comes first."""
    pieces = dict.fromkeys([label, *label.split("-"), *parts])
    ways = (_forged, _beside, _same)
    return next((found for way in ways for piece in pieces if (found := way(piece))), None)


def _same(piece: str) -> Likeness | None:
    return Likeness(piece, piece) if piece in FAMOUS else None


def _forged(piece: str) -> Likeness | None:
    """Written otherwise, but to be read alike: with figures or marks, or a hyphen between."""
    if piece in FAMOUS:
        return None
    if "-" in piece and piece.replace("-", "") in FAMOUS:
        return Likeness(piece, piece.replace("-", ""), "with a hyphen in it", is_forged=True)
    if plain(piece) in FAMOUS:
        marked = [mine for mine in dict.fromkeys(piece) if plain(mine) != mine]
        return Likeness(piece, plain(piece), f"with {listed(marked)}", is_forged=True)
    for two, one in TWO_LIKE_ONE.items():
        if two in piece and piece.replace(two, one) in FAMOUS:
            return Likeness(piece, piece.replace(two, one), f"with {quoted(two)} for {quoted(one)}", is_forged=True)
    for name in FAMOUS:
        if len(name) == len(piece):
            pairs = dict.fromkeys((mine, its) for mine, its in zip(piece, name, strict=True) if mine != its)
            if all(its in LOOKS.get(mine, "") for mine, its in pairs):
                how = " and ".join(f"{quoted(mine)} for {quoted(its)}" for mine, its in pairs)
                return Likeness(piece, name, f"with {how}", is_forged=True)
    return None


def _beside(piece: str) -> Likeness | None:
    """One letter away: another one, one more, one fewer, or two that have changed places. A word is no slip."""
    if piece in FAMOUS or piece in KNOWN or piece.removesuffix("s") in KNOWN:
        return None
    found = ((name, _letter_of(piece, name)) for name in FAMOUS if len(name) >= LONG_ENOUGH)
    return next((Likeness(piece, name, how) for name, how in found if how), None)


def _letter_of(piece: str, name: str) -> str:
    """What is different, where it is one letter; "" for more, or for nothing."""
    place = next((at for at, (mine, its) in enumerate(zip(piece, name, strict=False)) if mine != its), -1)
    place = min(len(piece), len(name)) if place < 0 else place
    mine, its = piece[place:], name[place:]
    if mine and its and mine[1:] == its[1:]:
        return f"with {quoted(mine[0])} for {quoted(its[0])}"
    if mine and mine[1:] == its:
        return f"with one {quoted(mine[0])} more"
    if its and mine == its[1:]:
        return f"with one {quoted(its[0])} fewer"
    if len(mine) > 1 and mine[1] + mine[0] + mine[2:] == its:
        return f"with {quoted(mine[:2])} for {quoted(its[:2])}"
    return ""
