"""What the suffix of a domain says: how far it is trusted, where it belongs, what it is about."""

from __future__ import annotations

from dataclasses import dataclass

from brands.analysis.words import inverted

WORLDWIDE = "Worldwide"
REGIONS: dict[str, str] = inverted(
    {
        "Africa": "africa",
        "Argentina": "ar",
        "Asia": "asia",
        "Australia": "au melbourne sydney",
        "Austria": "at wien",
        "Belgium": "be",
        "Brazil": "br",
        "Bulgaria": "bg",
        "Canada": "ca quebec",
        "Catalonia": "cat",
        "Chile": "cl",
        "China": "cn",
        "Croatia": "hr",
        "Czechia": "cz",
        "Denmark": "dk",
        "Estonia": "ee",
        "European Union": "eu",
        "Finland": "fi",
        "France": "fr paris",
        "Germany": "berlin de hamburg koeln",
        "Greece": "gr",
        "Hong Kong": "hk",
        "Hungary": "hu",
        "Iceland": "is",
        "India": "in",
        "Indonesia": "id",
        "Ireland": "ie",
        "Israel": "il",
        "Italy": "it",
        "Japan": "jp tokyo",
        "Kenya": "ke",
        "Latvia": "lv",
        "Lithuania": "lt",
        "Luxembourg": "lu",
        "Malaysia": "my",
        "Mexico": "mx",
        "Netherlands": "amsterdam nl",
        "New Zealand": "nz",
        "Nigeria": "ng",
        "Norway": "no",
        "Pakistan": "pk",
        "Peru": "pe",
        "Philippines": "ph",
        "Poland": "pl",
        "Portugal": "pt",
        "Romania": "ro",
        "Russia": "ru",
        "Serbia": "rs",
        "Singapore": "sg",
        "Slovakia": "sk",
        "Slovenia": "si",
        "South Africa": "za",
        "South Korea": "kr",
        "Spain": "es",
        "Sweden": "se",
        "Switzerland": "ch swiss",
        "Taiwan": "tw",
        "Thailand": "th",
        "Turkey": "istanbul tr",
        "Ukraine": "ua",
        "United Kingdom": "london scot uk wales",
        "United States": "miami nyc us",
        "Vietnam": "vn",
    }
)

# Suffixes of countries that the world uses for something else.
_BORROWED = frozenset("ai am cc co fm gg io ly me sh so to tv ws xyz".split())
_CLASSIC = frozenset("com org net".split())
_CHEAP = frozenset("biz cfd click club icu info link online rest sbs site space top website win xyz".split())

TOPICS: dict[str, str] = inverted(
    {
        "art": "art dance design gallery museum music photo photos studio",
        "business": "company shop store",
        "cooking": "bar cafe coffee cooking kitchen pizza restaurant",
        "education": "academy edu education school university wiki",
        "finance": "bank capital finance fund money",
        "gaming": "game games gg",
        "health": "clinic dental fit fitness health yoga",
        "local": "vote",
        "privacy": "security",
        "tech": "ai app cloud codes dev io software tech technology tools",
    }
)

TYPES: dict[str, str] = inverted(
    {
        "blog": "blog news",
        "community": "club community forum social",
        "directory": "directory guide wiki",
        "game": "game games",
        "platform": "app dev io shop store",
    }
)


@dataclass(frozen=True)
class SuffixMeaning:
    """`points` for the score and why; `region`, `topic` (a category) and `brand_type` are empty where it says none."""

    points: int
    why: str
    region: str
    topic: str
    brand_type: str


def meaning_of(suffix: str) -> SuffixMeaning:
    """What `suffix`, such as "co.uk", says."""
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
