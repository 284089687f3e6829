"""Filters in an address of the back office: only by what the list shows, or has a filter for.

Django lets an address filter by any column of the list's own table, so that whoever may see a list could find out a
digest or a secret that no page shows, a letter at a time (`?digest__startswith=a`).
"""

from __future__ import annotations

from typing import Any

from django.contrib.admin import ListFilter
from django.core.exceptions import FieldDoesNotExist
from django.db.models.constants import LOOKUP_SEP
from django.http import HttpRequest


class ShownLookups:
    """For every page of the back office. `filtered_beside` names what links filter by that the list doesn't show."""

    model: Any
    filtered_beside: tuple[str, ...] = ()

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest | None = None) -> bool:
        column = _column(self.model, lookup)
        if not column:  # of no use, which Django says; unless it is an annotation, which no list shows by itself
            page: Any = self
            return request is None or lookup.split(LOOKUP_SEP)[0] not in page.get_queryset(request).query.annotations
        return column in self._shown(request)

    def _shown(self, request: HttpRequest | None) -> set[str]:
        page: Any = self
        lists = page.get_list_display(request), page.get_list_filter(request)
        named = [name[0] if isinstance(name, (list, tuple)) else name for names in lists for name in names]
        own = [name.parameter_name for name in named if _has_a_name(name)]
        texts = [name for name in named if isinstance(name, str)]
        return {*texts, *own, *self.filtered_beside, page.date_hierarchy, page.opts.pk.name}


def _has_a_name(item: Any) -> bool:
    return isinstance(item, type) and issubclass(item, ListFilter) and hasattr(item, "parameter_name")


def _column(model: Any, lookup: str) -> str:
    """The column that a lookup such as `user__id__exact` is about, here `user`; empty for what is no column."""
    found: list[str] = []
    for part in lookup.split(LOOKUP_SEP):
        try:
            field = model._meta.pk if part == "pk" else model._meta.get_field(part)
        except FieldDoesNotExist:
            break
        if not (found and getattr(field, "primary_key", False)):  # a row that is shown is told by its id
            found.append(field.name)
        if not field.is_relation or field.related_model is None:
            break
        model = field.related_model
    return LOOKUP_SEP.join(found)
