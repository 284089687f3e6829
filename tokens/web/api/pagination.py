"""Lists newest first, by keyset: a page costs the same however far back it is."""

from __future__ import annotations

from typing import Any, ClassVar

from django.core.signing import BadSignature, Signer
from rest_framework.exceptions import ValidationError
from rest_framework.pagination import Cursor, CursorPagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

from tokens.web.api.fields import QueryNumberField, QuerySerializer, TextField

USUAL_PAGE, LARGEST_PAGE = 50, 200
PAGING = ("limit", "cursor")
NOT_A_CURSOR = "Invalid cursor. Start without one, then follow “next”."


class PageSerializer(QuerySerializer):
    """What every list takes."""

    limit = QueryNumberField(default=USUAL_PAGE, min_value=1, max_value=LARGEST_PAGE, help_text="Rows per page.")
    cursor = TextField(
        required=False,
        help_text="Taken from “next” of the previous page.",
        error_messages={"blank": NOT_A_CURSOR},
    )


class NewestFirst(CursorPagination):
    """A page of rows under `results_key`; `next` is an address or null. Its calls take PageSerializer.

    Each list has a subclass that says its key. Ids are unique, so a cursor needs no more than the last one; it is
    signed, so that no other text, nor another list's, passes for one.
    """

    results_key: str
    of = ""  # whose rows, of a list that there is more than once
    ordering = "-id"
    page_size = USUAL_PAGE
    page_size_query_param = "limit"
    max_page_size = LARGEST_PAGE

    def encode_cursor(self, cursor: Cursor) -> str:
        return replace_query_param(
            str(self.base_url), self.cursor_query_param, self.cursor_after(cursor.position, self.of)
        )

    def decode_cursor(self, request: Request) -> Cursor | None:
        text = request.query_params.get(self.cursor_query_param)
        if text is None:
            return None
        try:
            return Cursor(offset=0, reverse=False, position=int(self._signer(self.of).unsign(text)))
        except BadSignature:
            raise ValidationError({self.cursor_query_param: [NOT_A_CURSOR]}) from None

    @classmethod
    def cursor_after(cls, position: int | None, of: str = "") -> str:
        """The cursor of the page that follows this row."""
        return cls._signer(of).sign(str(position))

    @classmethod
    def _signer(cls, of: str) -> Signer:
        return Signer(sep=".", salt=f"cursor of {cls.results_key} {of}")

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        return []  # PageSerializer says them

    # What stands between the rows and `next`, as the schema says it.
    beside: ClassVar[dict[str, Any]] = {"count": {"type": "integer", "description": "Rows on this page."}}

    def get_paginated_response(self, data: Any) -> Response:
        return Response({self.results_key: data, **self.said_beside(data), "next": self.get_next_link()})

    def said_beside(self, data: Any) -> dict[str, Any]:
        return {"count": len(data)}

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        return {
            "type": "object",
            "required": [self.results_key, *self.beside, "next"],
            "properties": {
                self.results_key: schema,
                **self.beside,
                "next": {"type": "string", "format": "uri", "nullable": True},
            },
        }


class NewestFirstWithMore(NewestFirst):
    """The shape of lists that are newer than the guide: whether there are more, instead of a count."""

    beside: ClassVar[dict[str, Any]] = {"has_more": {"type": "boolean"}}

    def said_beside(self, data: Any) -> dict[str, Any]:
        return {"has_more": self.has_next}
