"""Lists newest first, by keyset: a page costs the same however far back it is."""

from __future__ import annotations

from typing import Any

from rest_framework.exceptions import NotFound
from rest_framework.pagination import Cursor, CursorPagination
from rest_framework.request import Request
from rest_framework.response import Response

LARGEST_ID = 2**63 - 1


class NewestFirst(CursorPagination):
    """`?limit=` (1 to 200, 50 by default) rows a page under the view's `results_key`; `next` is an address or null."""

    ordering = "-id"
    page_size = 50
    page_size_query_param = "limit"
    max_page_size = 200

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any] | None:
        self.results_key: str = view.results_key
        return super().paginate_queryset(queryset, request, view)

    def decode_cursor(self, request: Request) -> Cursor | None:
        cursor = super().decode_cursor(request)
        position = str(cursor.position) if cursor and cursor.position is not None else "0"
        if not (position.isascii() and position.isdigit() and len(position) < 20 and int(position) <= LARGEST_ID):
            raise NotFound(self.invalid_cursor_message)
        return cursor

    def get_paginated_response(self, data: Any) -> Response:
        return Response({self.results_key: data, "count": len(data), "next": self.get_next_link()})
