"""Lists of tables that grow for ever: no page of them counts the rows, and a search looks into indexes."""

from __future__ import annotations

from typing import Any

from django.contrib.admin import AllValuesFieldListFilter
from django.db.models import Min, QuerySet
from unfold.paginator import InfinitePaginator

from tokens.web.admin.searching import ExactSearch
from tokens.web.admin.view_only import ViewOnlyAdmin


class LongList:
    """Newest first by the primary key, whose index gives any page without a sort; the number of rows is not shown."""

    ordering: Any = ["-pk"]
    show_full_result_count = False
    paginator = InfinitePaginator
    list_per_page = 50
    sortable_by: Any = ()
    actions: Any = None


class LongListAdmin(LongList, ExactSearch, ViewOnlyAdmin):
    """A long list of rows that only the domain writes."""


class IndexedValuesFilter(AllValuesFieldListFilter):
    """The values there are in a column whose index begins with it, found by jumping from each to the next."""

    def __init__(self, field: Any, request: Any, params: Any, model: Any, model_admin: Any, field_path: str) -> None:
        super().__init__(field, request, params, model, model_admin, field_path)
        self.lookup_choices: Any = _values(model._default_manager.order_by(), field_path)


def _values(rows: QuerySet[Any], name: str) -> list[Any]:
    found: list[Any] = []
    while (following := rows.aggregate(least=Min(name))["least"]) is not None:
        found.append(following)
        rows = rows.filter(**{f"{name}__gt": following})
    return found
