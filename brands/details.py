"""The details of a brand besides its domain, checked the same way for forms, the API and CSV files."""

from __future__ import annotations

from typing import Any

from django.db.models import CharField
from django.utils.text import slugify

from brands.errors import BadChoice
from brands.idn import to_unicode
from brands.models import Brand, Category
from tokens.unkeepable import is_keepable

# What people may say, in the order of a CSV file.
FIELDS = (
    "name",
    "category",
    "tier",
    "emoji",
    "brand_type",
    "tagline",
    "target_audience",
    "purpose",
    "industry",
    "region",
    "strategy",
    "is_test",
)
# What the tiers are for. They sort domains, in lists and exports, and change no price.
TIERS = {
    Brand.Tier.FOUNDATION: "Names everything else stands on: your main brand, your own name, those you always renew.",
    Brand.Tier.BUSINESS: "Names that earn, or are meant to: products, services, shops, and names you'd sell.",
    Brand.Tier.CREATIVE: "Names for ideas: art, games, experiments, and whatever may become something one day.",
}
# What an analysis may suggest, with its name for people.
SUGGESTED = {
    name: "Type" if name == "brand_type" else name.replace("_", " ").capitalize()
    for name in FIELDS
    if name not in ("tier", "is_test")
}
LONGEST: dict[str, int] = {
    field.name: field.max_length
    for field in Brand._meta.concrete_fields
    if isinstance(field, CharField) and field.max_length
}
# Texts without a rule but their length.
TEXTS = tuple(name for name in FIELDS[1:] if name in LONGEST and name not in ("tier", "brand_type"))
# Latin letters that Unicode does not take apart into an ASCII letter and a mark, so that a slug would lose them.
_LATIN = str.maketrans(
    {"æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ħ": "h", "ı": "i", "ŋ": "ng", "ŧ": "t"}
)
_YES, _NO = {"true", "yes", "1", "y", "t"}, {"false", "no", "0", "n", "f", ""}


def category_keys() -> list[str]:
    """The keys of all categories, in display order."""
    return list(Category.objects.values_list("key", flat=True))


def checked(given: dict[str, Any], *, categories: list[str]) -> dict[str, Any]:
    """The fields of a Brand for what was given; what was not given is left out. Raises BadChoice.

    `categories` are the keys there are, read once by who checks many.
    """
    fields: dict[str, Any] = {}
    for key, value in given.items():
        if key not in FIELDS or value is None:
            continue
        text = str(value).strip()
        if key == "category":
            fields["category_id"] = known_category(text, categories) if text else None
        elif key == "tier":
            fields |= {"tier": _one_of(text, Brand.Tier.values, "tier")} if text else {}
        elif key == "brand_type":
            fields["brand_type"] = _one_of(text, Brand.Type.values, "type") if text else ""
        elif key == "is_test":
            fields["is_test"] = _yes_or_no(text)
        else:
            fields[key] = _short_enough(key, text)
    if fields.get("name") == "":
        del fields["name"]
    return fields


def known_category(text: str, categories: list[str]) -> str:
    """The key of a category that there is. Raises BadChoice."""
    return _one_of(text, categories, "category")


def name_and_slug(domain: str, name: str = "") -> dict[str, str]:
    """The name a brand has until somebody gives it another, and the slug that follows from it."""
    name = name or to_unicode(domain).partition(".")[0].replace("-", " ").title()
    return {"name": name, "slug": _slug_of(name) or _slug_of(domain.partition(".")[0])}


def _slug_of(text: str) -> str:
    """ASCII words with hyphens between them. Not unique: two domains may have one name, and nothing is found by it."""
    return slugify(text.casefold().translate(_LATIN))[:120].strip("-")


def _one_of(text: str, known: list[str], what: str) -> str:
    if text.lower() not in known:
        raise BadChoice(f"Unknown {what} “{text[:60]}”. Use: {', '.join(known)}.")
    return text.lower()


def _yes_or_no(text: str) -> bool:
    if text.lower() not in _YES | _NO:
        raise BadChoice(f"is_test must be “true” or “false”, not “{text[:60]}”.")
    return text.lower() in _YES


def _short_enough(key: str, text: str) -> str:
    longest = LONGEST[key]
    if not is_keepable(text):
        raise BadChoice(f"{key} contains a character that can't be stored (NUL or half a surrogate pair).")
    if len(text) > longest:
        raise BadChoice(f"{key} has {len(text)} characters; use at most {longest}.")
    return text
