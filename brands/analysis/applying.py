"""Taking over what an analysis suggests, field by field or all at once."""

from __future__ import annotations

from typing import Any

from brands import editing
from brands.details import SUGGESTED
from brands.errors import BadChoice, NothingSuggested
from brands.models import Analysis, Brand

NOTHING = "No analysis suggests this yet. Analyse the domain first."


def apply_suggestion(user_id: int, brand_id: int, field: str, *, analysis_id: int | None = None) -> Brand:
    """Make what was suggested for `field` the brand's own: by that analysis, or by the newest that has a result.

    Raises UnknownBrand, NothingSuggested, BadChoice.
    """
    brand = editing.find(user_id, brand_id)
    if field not in SUGGESTED:
        raise BadChoice(f"Unknown suggestion “{field[:60]}”. Use: {', '.join(SUGGESTED)}.")
    suggested = _suggested_by(brand, analysis_id)
    if field not in suggested:
        raise NothingSuggested(NOTHING)
    return editing.edit(brand, {field: suggested[field]})


def apply_all(user_id: int, brand_id: int, *, analysis_id: int | None = None) -> list[str]:
    """Make every suggestion the brand's own, as `apply_suggestion` does each: all of them, or none.

    What is said already, and what the analysis left empty, is let be. Returns the fields that were changed; none when
    it is done again. Raises UnknownBrand, NothingSuggested, BadChoice.
    """
    brand = editing.find(user_id, brand_id)
    suggested = {
        field: text for field, text in _suggested_by(brand, analysis_id).items() if field in SUGGESTED and text
    }
    if not suggested:
        raise NothingSuggested(NOTHING)
    new = {field: text for field, text in suggested.items() if text != said_of(brand, field)}
    editing.edit(brand, new)
    return list(new)


def said_of(brand: Brand, field: str) -> str:
    """What the brand says of one field that can be suggested; a category by its key."""
    return str(getattr(brand, "category_id" if field == "category" else field) or "")


def _suggested_by(brand: Brand, analysis_id: int | None) -> dict[str, Any]:
    analyses = Analysis.objects.filter(brand=brand, status=Analysis.Status.DONE).order_by("-pk")
    analysis = analyses.filter(pk=analysis_id).first() if analysis_id else analyses.first()
    return (analysis.result if analysis else None) or {}
