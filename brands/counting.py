"""How many brands there are of each kind. Reading is free."""

from __future__ import annotations

from django.db.models import Count

from brands.models.brand import BrandQuerySet

KINDS = ("tier", "category", "brand_type", "is_test")


def count_by_kind(brands: BrandQuerySet) -> dict[str, dict[str, int]]:
    """For tier, category, brand_type and is_test: how many brands have each value, most first. Four statements."""
    return {kind: _count(brands, kind) for kind in KINDS}


def _count(brands: BrandQuerySet, kind: str) -> dict[str, int]:
    rows = brands.order_by().values_list(kind).annotate(number=Count("pk")).order_by("-number", kind)
    return {str(value).lower() if isinstance(value, bool) else value or "none": number for value, number in rows}
