"""Until when a database has facts: the newest moment at which any row of it was written."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from django.apps import apps
from django.db.models import DateTimeField, Max, Model
from django.utils import timezone


def newest_fact() -> datetime | None:
    """None for a database in which nothing has happened."""
    found = [model._default_manager.aggregate(newest=Max(name))["newest"] for model, name in _moments()]
    return max(filter(None, found), default=None)


def _moments() -> Iterator[tuple[type[Model], str]]:
    """The columns that say when a row was written; others may lie in the future."""
    for model in apps.get_models():
        for field in model._meta.local_fields:
            if isinstance(field, DateTimeField) and (field.auto_now_add or field.default is timezone.now):
                yield model, field.name
