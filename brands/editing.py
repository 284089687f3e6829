"""Changing, marking and removing brands. The domain of a brand never changes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from brands.details import category_keys, checked, name_and_slug
from brands.errors import UnknownBrand
from brands.importing import lock_user
from brands.models import Brand
from tokens.models import TokenUsage
from tokens.spending.holds import release
from tokens.transactions import money_transaction


def find(user_id: int, pk: int) -> Brand:
    """One brand of the user's. Raises UnknownBrand."""
    brand = Brand.objects.of(user_id).select_related("category").filter(pk=pk).first()
    if brand is None:
        raise UnknownBrand(f"You have no domain {pk}.")
    return brand


def edit(brand: Brand, given: dict[str, Any]) -> Brand:
    """Say something else of a brand; the slug follows the name.

    Raises BadChoice, after which nothing has changed; UnknownBrand when it was removed meanwhile.
    """
    fields = checked(given, categories=category_keys())
    if "name" in fields:
        fields |= name_and_slug(brand.domain, fields["name"])
    if not fields:
        return brand
    fields["updated_at"] = timezone.now()
    if not Brand.objects.filter(pk=brand.pk).update(**fields):
        raise UnknownBrand(f"You have no domain {brand.pk}.")
    for name, value in fields.items():
        setattr(brand, name, value)
    return brand


@money_transaction
def mark_test(brands: QuerySet[Brand], *, is_test: bool) -> list[int]:
    """Mark brands as test domains, or no longer; the ids of those that were not already."""
    ids = list(brands.filter(is_staged=False).exclude(is_test=is_test).order_by("pk").values_list("pk", flat=True))
    Brand.objects.filter(pk__in=ids).update(is_test=is_test)
    return ids


@money_transaction
def remove(user_id: int, ids: Sequence[int]) -> int:
    """Delete those of these brands that are the user's, which frees their places; how many there were.

    What was paid for them is not given back, but tokens held for an analysis that is under way are.
    """
    lock_user(user_id)
    mine = Brand.objects.of(user_id).filter(pk__in=ids)
    for usage in TokenUsage.objects.held().filter(analysis__brand__in=mine):
        release(usage)
    return mine.delete()[1].get("brands.Brand", 0)
