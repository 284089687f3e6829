"""A brand as API clients and exports are told of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from brands.details import FIELDS
from brands.models import Brand

_NAME, *_DETAILS = FIELDS
RECORD = ("id", "domain", _NAME, "slug", *_DETAILS, "is_lookalike", "paid_by", "created_at", "updated_at")
_AS = {"category": "category_id"}
_COLUMNS = [(name, _AS.get(name, name)) for name in RECORD]


def record_of(brand: Brand) -> dict[str, Any]:
    """Plain JSON: `category` is a key or null, times are in UTC."""
    record = {name: getattr(brand, column) for name, column in _COLUMNS}
    return record | {"created_at": in_utc(brand.created_at), "updated_at": in_utc(brand.updated_at)}


def in_utc(at: datetime) -> str:
    """A UTC datetime in ISO 8601, ending in Z."""
    return at.isoformat().replace("+00:00", "Z")
