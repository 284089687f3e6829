from __future__ import annotations

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.scopes import Scope
from tokens.spending.quote import quote
from tokens.web.api.exact import ExactViewSet
from tokens.web.api.fields import LARGEST_COUNT, ExactSerializer, NumberField, TextField
from tokens.web.api.schema import describes, gives, sends
from tokens.web.caller import api_key_of, user_id_of


class ItemSerializer(ExactSerializer):
    action = TextField(help_text="The key of an action, such as “import_domain”.")
    count = NumberField(min_value=1, max_value=LARGEST_COUNT)


class QuoteRequestSerializer(ExactSerializer):
    items = serializers.ListField(
        child=ItemSerializer(),
        min_length=1,
        max_length=100,
        error_messages={"not_a_list": "Must be a JSON array."},
        help_text="What you plan to do: 1 to 100 items.",
    )


class QuoteSerializer(serializers.Serializer[Any]):
    total = serializers.IntegerField()
    balance = serializers.IntegerField()
    affordable = serializers.BooleanField()
    shortfall = serializers.IntegerField()
    smallest_package = serializers.CharField(allow_null=True, help_text="The smallest package that covers it.")


class QuoteViewSet(ExactViewSet):
    """What a list of actions would cost."""

    scopes = {"POST": Scope.SPEND}

    @describes(
        QuoteSerializer,
        operation="createQuote",
        summary="Get a quote",
        description="Adds up the price of a list of actions and compares it with your balance. Nothing is charged.",
        request=QuoteRequestSerializer,
        examples=[
            sends("Fifty imports", items=[{"action": "import_domain", "count": 50}]),
            gives("Affordable", total=50, balance=92, affordable=True, shortfall=0, smallest_package=None),
        ],
    )
    def create(self, request: Request) -> Response:
        items = [(item["action"], item["count"]) for item in self.body["items"]]
        priced = quote(user_id_of(request), items, api_key=api_key_of(request))
        package = priced.smallest_package.key if priced.smallest_package else None
        figures = {name: getattr(priced, name) for name in ("total", "balance", "affordable", "shortfall")}
        return Response({**figures, "smallest_package": package})
