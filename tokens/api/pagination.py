"""Lists newest first, by keyset: a page costs the same however far back it is."""

from __future__ import annotations

from typing import Any

from rest_framework.exceptions import NotFound
from rest_framework.pagination import Cursor, CursorPagination
from rest_framework.request import Request
from rest_framework.response import Response

LARGEST_ID = 2**63 - 1


class NewestFirst(CursorPagination):
    """`?limit=` (1 to 200, 50 by default) rows a page under `results_key`; `next` is an address or null.

    Each list has a subclass that says its key.
    """

    results_key: str
    ordering = "-id"
    page_size = 50
    page_size_query_param = "limit"
    max_page_size = 200

    def decode_cursor(self, request: Request) -> Cursor | None:
        cursor = super().decode_cursor(request)
        position = str(cursor.position) if cursor and cursor.position is not None else "0"
        if not (position.isascii() and position.isdigit() and len(position) < 20 and int(position) <= LARGEST_ID):
            raise NotFound(self.invalid_cursor_message)
        return cursor

    def get_paginated_response(self, data: Any) -> Response:
        return Response({self.results_key: data, "count": len(data), "next": self.get_next_link()})

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        return {
            "type": "object",
            "required": [self.results_key, "count", "next"],
            "properties": {
                self.results_key: schema,
                "count": {"type": "integer", "description": "Rows on this page."},
                "next": {"type": "string", "format": "uri", "nullable": True},
            },
        }
