"""Taking over what an analysis suggests, field by field."""

from __future__ import annotations

from brands import editing
from brands.details import SUGGESTED
from brands.errors import BadChoice, NothingSuggested
from brands.models import Analysis, Brand


def apply_suggestion(user_id: int, brand_id: int, field: str, *, analysis_id: int | None = None) -> Brand:
    """Make what was suggested for `field` the brand's own: by that analysis, or by the newest that has a result.

    Raises UnknownBrand, NothingSuggested, BadChoice.
    """
    brand = editing.find(user_id, brand_id)
    if field not in SUGGESTED:
        raise BadChoice(f"Unknown suggestion “{field[:60]}”. Use: {', '.join(SUGGESTED)}.")
    analyses = Analysis.objects.filter(brand=brand, status=Analysis.Status.DONE).order_by("-pk")
    analysis = analyses.filter(pk=analysis_id).first() if analysis_id else analyses.first()
    suggested = (analysis.result if analysis else None) or {}
    if field not in suggested:
        raise NothingSuggested("No analysis suggests this yet. Analyse the domain first.")
    return editing.edit(brand, {field: suggested[field]})
