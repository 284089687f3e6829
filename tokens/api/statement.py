from __future__ import annotations

from typing import Any

from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

from tokens.errors import NoSuchPage
from tokens.reports.statement.lines import Kind, Line
from tokens.reports.statement.read import Mark, read_statement
from tokens.web import statement_marks
from tokens.web.api.exact import ExactViewSet
from tokens.web.api.fields import PeriodSerializer, WordField
from tokens.web.api.numbers import json_money
from tokens.web.api.pagination import NOT_A_CURSOR, PageSerializer
from tokens.web.api.schema import describes
from tokens.web.caller import user_id_of


class StatementQuerySerializer(PeriodSerializer, PageSerializer):
    kind = WordField(Kind.values, required=False, help_text="Only lines of this kind.")


class LineSerializer(serializers.Serializer[Line]):
    id = serializers.CharField(help_text="Stays the same for good.")
    at = serializers.DateTimeField()
    kind = serializers.ChoiceField(Kind.values)
    description = serializers.CharField()
    tokens = serializers.IntegerField(help_text="Below 0 where tokens went.")
    balance_after = serializers.IntegerField()
    amount = serializers.SerializerMethodField(
        help_text="Money you paid, or below 0 got back, in `currency`; null where no money moved."
    )
    currency = serializers.CharField(allow_null=True)
    reference = serializers.CharField(help_text="What it belongs to, such as “purchase 12”, to quote to support.")

    def get_amount(self, line: Line) -> float | None:
        return None if line.amount_cents is None else json_money(line.amount_cents, str(line.currency))


class StatementSerializer(serializers.Serializer[Any]):
    statement = LineSerializer(many=True)
    opening_balance = serializers.IntegerField(help_text="The balance at `since`; 0 without it.")
    closing_balance = serializers.IntegerField(
        help_text="The balance at `until`, or now. The same on all pages, as they were when the first was read."
    )
    has_more = serializers.BooleanField()
    next = serializers.URLField(allow_null=True, help_text="The page after this one.")


class StatementViewSet(ExactViewSet):
    """The signed-in user's statement."""

    @describes(
        StatementSerializer,
        query=StatementQuerySerializer,
        operation="list_statement",
        summary="List every movement of your tokens",
        description=(
            "Purchases, grants, spends, holds, refunds, disputes and expiries, one line each, newest first. "
            "`opening_balance`, plus the tokens of all lines on all pages, is `closing_balance`; with `kind`, these "
            "and each `balance_after` still count every kind. "
            "Follow `next` for older lines: nothing is repeated or left out, whatever happens meanwhile."
        ),
    )
    def statement(self, request: Request) -> Response:
        asked = dict(self.query)
        cursor = asked.pop("cursor", None)
        found = read_statement(user_id_of(request), **asked, after=_mark(cursor) if cursor is not None else None)
        following = found.next and replace_query_param(
            request.build_absolute_uri(), "cursor", statement_marks.text_of(found.next)
        )
        body = {
            "statement": found.lines,
            "opening_balance": found.opening_balance,
            "closing_balance": found.closing_balance,
            "has_more": found.next is not None,
            "next": following,
        }
        return Response(StatementSerializer(body).data)


def _mark(cursor: str) -> Mark:
    try:
        return statement_marks.mark_of(cursor)
    except NoSuchPage:
        raise ValidationError({"cursor": [NOT_A_CURSOR]}) from None
