"""Lists of tables that grow for ever: no page of them counts the rows."""

from __future__ import annotations

from typing import Any

from unfold.paginator import InfinitePaginator

from tokens.admin.view_only import ViewOnlyAdmin


class LongListAdmin(ViewOnlyAdmin):
    """Newest first by the primary key, whose index gives any page without a sort; the number of rows is not shown."""

    ordering = ["-pk"]
    show_full_result_count = False
    paginator = InfinitePaginator
    list_per_page = 50
    sortable_by: tuple[str, ...] = ()
    actions: Any = None
