"""What an analysis is told of a brand, read once and then passed about without the database."""

from __future__ import annotations

from dataclasses import dataclass

from brands.details import FIELDS, category_keys
from brands.idn import to_unicode
from brands.models import Brand

# The details entered so far; the engines see them, cut to the lengths a brand may have.
SAID = tuple(name for name in FIELDS if name not in ("category", "strategy", "is_test"))


@dataclass(frozen=True)
class Subject:
    """`label` is the part before the suffix, as people write it; `siblings` are the owner's same label elsewhere."""

    domain: str
    label: str
    suffix: str
    category: str
    said: dict[str, str]
    siblings: tuple[str, ...]
    is_lookalike: bool
    categories: tuple[str, ...]


def subject_of(brand: Brand) -> Subject:
    """What the engines are told about a brand. Two statements."""
    ascii_label, _, suffix = brand.domain.partition(".")
    same_label = Brand.objects.of(brand.owner_id).filter(domain__startswith=f"{ascii_label}.").exclude(pk=brand.pk)
    return Subject(
        domain=brand.domain,
        label=to_unicode(brand.domain).partition(".")[0],
        suffix=suffix,
        category=brand.category_id or "",
        said={name: str(getattr(brand, name)) for name in SAID},
        siblings=tuple(same_label.order_by("domain").values_list("domain", flat=True)[:10]),
        is_lookalike=brand.is_lookalike,
        categories=tuple(category_keys()),
    )
