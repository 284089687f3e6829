"""What the suffix of a domain says: how far it is trusted, where it belongs, what it is about."""

from __future__ import annotations

from dataclasses import dataclass

from brands.analysis.data import inverted, load

_LISTS = load("suffixes")
WORLDWIDE = "Worldwide"
REGIONS, TOPICS, TYPES = (inverted(_LISTS[name]) for name in ("regions", "topics", "types"))
_BORROWED, _CLASSIC, _CHEAP = (frozenset(_LISTS[name].split()) for name in ("borrowed", "classic", "cheap"))


@dataclass(frozen=True)
class SuffixMeaning:
    """`points` for the score and why; `region`, `topic` (a category) and `brand_type` are empty where it says none."""

    points: int
    why: str
    region: str
    topic: str
    brand_type: str


def meaning_of(suffix: str) -> SuffixMeaning:
    """What a suffix, such as "co.uk", says about a domain: its points and its sentence; nothing for an unknown one."""
    last = suffix.rpartition(".")[2]
    region = "" if last in _BORROWED else REGIONS.get(last, "")
    points, why = _trust(suffix, last, region)
    if not region and (last in _CLASSIC or last in _BORROWED or len(last) > 2):
        region = WORLDWIDE
    return SuffixMeaning(points, why, region, TOPICS.get(last, ""), TYPES.get(last, ""))


def _trust(suffix: str, last: str, region: str) -> tuple[int, str]:
    if suffix == "com":
        return 12, "the suffix .com is what people try first"
    if last in _CLASSIC:
        return 8, f"the suffix .{suffix} is known everywhere"
    if last in _CHEAP:
        return -5, f"the suffix .{suffix} is cheap to register, so some people and mail filters distrust it"
    if region:
        return 7, f"the suffix .{suffix} is trusted in its region ({region})"
    if last in TOPICS:
        return 5, f"the suffix .{suffix} says what it is about"
    return 0, f"the suffix .{suffix} is less known"
