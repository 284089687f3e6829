"""A brand as API clients and exports are told of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from brands.models import Brand


def record_of(brand: Brand) -> dict[str, Any]:
    """Plain JSON: `category` is a key or null, times are in UTC."""
    return {
        "id": brand.pk,
        "domain": brand.domain,
        "name": brand.name,
        "slug": brand.slug,
        "category": brand.category_id,
        "tier": brand.tier,
        "emoji": brand.emoji,
        "brand_type": brand.brand_type,
        "tagline": brand.tagline,
        "target_audience": brand.target_audience,
        "purpose": brand.purpose,
        "industry": brand.industry,
        "region": brand.region,
        "strategy": brand.strategy,
        "is_test": brand.is_test,
        "is_lookalike": brand.is_lookalike,
        "paid_by": brand.paid_by,
        "created_at": in_utc(brand.created_at),
        "updated_at": in_utc(brand.updated_at),
    }


def in_utc(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")
