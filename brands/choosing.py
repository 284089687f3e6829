"""Which of a user's brands: the same filters for lists, exports, pages and the command line."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from django.db.models import Q

from brands.details import category_keys, checked
from brands.errors import BadChoice
from brands.idn import to_ascii_or_none
from brands.models import Brand
from brands.models.brand import BrandQuerySet
from tokens.unkeepable import is_keepable

LONGEST_SEARCH = 200


@dataclass(frozen=True)
class Chosen:
    """Filters that were checked; what is empty or None chooses nothing. `q` is looked for in names and texts."""

    tier: str = ""
    category: str = ""
    type: str = ""
    is_test: bool | None = None
    q: str = ""

    def brands(self, user_id: int) -> BrandQuerySet:
        """The user's brands that fit, in no order."""
        return self.within(Brand.objects.of(user_id))

    def within(self, brands: BrandQuerySet) -> BrandQuerySet:
        exact = {"tier": self.tier, "category": self.category, "brand_type": self.type}
        brands = brands.filter(**{field: value for field, value in exact.items() if value})
        if self.is_test is not None:
            brands = brands.filter(is_test=self.is_test)
        return brands.filter(_mentions(self.q)) if self.q else brands

    def as_json(self) -> dict[str, Any]:
        """The filters that are set, for a record or a request."""
        return {key: value for key, value in asdict(self).items() if value not in ("", None)}

    def __bool__(self) -> bool:
        return bool(self.as_json())


def choose(*, tier: str = "", category: str = "", type: str = "", is_test: Any = None, q: str = "") -> Chosen:
    """Check what was asked for. Raises BadChoice, which names the choices there are.

    `is_test` is true or false, or a word for it; None and "" mean both.
    """
    given = {"tier": tier, "brand_type": type, "is_test": None if is_test in (None, "") else is_test}
    keys = category_keys() if category else []
    found = checked({**given, "category": category}, categories=keys)
    if len(q) > LONGEST_SEARCH or not is_keepable(q):
        raise BadChoice(f"Search for up to {LONGEST_SEARCH} characters of text.")
    return Chosen(
        tier=found.get("tier", ""),
        category=found["category_id"] or "",
        type=found["brand_type"],
        is_test=found.get("is_test"),
        q=q.strip(),
    )


def _mentions(text: str) -> Q:
    found = Q(domain__icontains=text) | Q(name__icontains=text) | Q(tagline__icontains=text)
    in_ascii = to_ascii_or_none(text)
    return found | Q(domain__icontains=in_ascii) if in_ascii else found
