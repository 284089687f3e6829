"""Reading brands from Python, for developers: nothing here asks who may, and nothing is charged."""

from __future__ import annotations

from collections.abc import Iterable
from io import BytesIO

from brands.choosing import choose
from brands.errors import BadChoice
from brands.exports import files
from brands.models import Brand, Export
from brands.models.brand import BrandQuerySet


def get_domains_by_tier(tier: str, user_id: int | None = None) -> BrandQuerySet:
    """Everybody's brands of a tier, or one user's, oldest first. Raises BadChoice."""
    brands = Brand.objects.visible() if user_id is None else Brand.objects.of(user_id)
    return choose(tier=tier).within(brands).order_by("pk")


def export_domains(domains: Iterable[Brand], format: str = "json") -> str:
    """The text of an export of these brands, as `POST /api/domains/export` would send it. Raises BadChoice."""
    if format not in Export.Format.values:
        raise BadChoice(f"Unknown format “{format}”. Use: {', '.join(Export.Format.values)}.")
    brands = domains if isinstance(domains, BrandQuerySet) else Brand.objects.filter(pk__in=[row.pk for row in domains])
    file = BytesIO()
    files.write(brands.order_by(), file, format=format)
    return file.getvalue().decode("utf-8-sig")
