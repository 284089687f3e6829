from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from rest_framework import mixins, serializers, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.scopes import Scope
from tokens.ledger.rates import api_rate
from tokens.models import TokenUsage
from tokens.reports.spends_list import page_of_spends, require_known
from tokens.reports.usage_over_time import Asked
from tokens.spending.spends import spend_once
from tokens.web.api.exact import ExactView
from tokens.web.api.fields import (
    ExactSerializer,
    MetadataField,
    NumberField,
    PeriodSerializer,
    QueryNumberField,
    TextField,
)
from tokens.web.api.idempotency import REPLAYED, key_of
from tokens.web.api.pagination import NewestFirst, PageSerializer
from tokens.web.api.schema import IDEMPOTENCY_KEY, describes, sends
from tokens.web.caller import api_key_of, user_id_of

LARGEST_ID = 10**18 - 1
MOST_AT_ONCE = 10_000


class SpendSerializer(ExactSerializer):
    action = TextField(help_text="The key of an action, such as “import_domain”.")
    quantity = NumberField(
        default=1, min_value=1, max_value=MOST_AT_ONCE, help_text="How many times the price of the action is charged."
    )
    metadata = MetadataField(required=False)


class SpentSerializer(serializers.Serializer[Any]):
    success = serializers.BooleanField()
    balance = serializers.IntegerField()
    spent = serializers.IntegerField()
    id = serializers.IntegerField(help_text="The usage's ID, as in the list of your spending.")


def spent_body(usage: TokenUsage) -> dict[str, Any]:
    """The answer to a spend, as the API documents it: success, balance and spent, in tokens, and the usage's ID."""
    return {"success": True, "balance": usage.balance_after, "spent": usage.tokens_spent, "id": usage.pk}


class UsageSerializer(serializers.ModelSerializer[TokenUsage]):
    class Meta:
        model = TokenUsage
        fields = ["id", "action", "tokens_spent", "metadata", "created_at"]


class UsagePages(NewestFirst):
    results_key = "usage"
    of = "by number"
    ordering = "-number"


class UsageQuerySerializer(PeriodSerializer, PageSerializer):
    action = TextField(
        required=False,
        help_text="Only this action, such as “import_domain”.",
        error_messages={"blank": "Must be the key of an action, such as “import_domain”."},
    )
    key = QueryNumberField(
        required=False,
        min_value=0,
        max_value=LARGEST_ID,
        help_text="Only what this API key spent, by its ID; 0: no key.",
    )


class UsageViewSet(ExactView, mixins.ListModelMixin, viewsets.GenericViewSet[TokenUsage]):
    """The signed-in user's spends."""

    scopes = {"POST": Scope.SPEND}
    serializer_class = UsageSerializer
    queryset = TokenUsage.objects.none()
    pagination_class = UsagePages

    def get_queryset(self) -> QuerySet[TokenUsage]:
        names = ("since", "until", "action", "key")
        user_id = user_id_of(self.request)
        asked = Asked(**{name: self.query[name] for name in names if name in self.query})
        if asked.action:
            require_known(user_id, asked.action)
        cursor = UsagePages().decode_cursor(self.request)
        before = None if cursor is None else int(str(cursor.position))
        return page_of_spends(user_id, asked, before=before, limit=self.query["limit"] + 1)

    @describes(
        UsageSerializer(many=True),
        query=UsageQuerySerializer,
        operation="list_usage",
        summary="List your spending",
        description=(
            "Spends and captured holds, newest first. `since` and `until` are about when they began. "
            "Follow `next` for older ones."
        ),
    )
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().list(request, *args, **kwargs)

    @describes(
        SpentSerializer,
        problems=(402, 422),
        operation="spend_tokens",
        summary="Spend tokens on an action",
        description=(
            "Charges the price of an action, `quantity` times. A balance that is too low returns 402 with "
            "the shortfall, and nothing is charged."
        ),
        request=SpendSerializer,
        examples=[
            sends("An analysis", action="ai_analysis", metadata={"domain": "example.com"}),
            sends("Three imports", action="import_domain", quantity=3),
        ],
        parameters=[IDEMPOTENCY_KEY],
    )
    def spend(self, request: Request) -> Response:
        asked = self.body
        spent = spend_once(
            user_id_of(request),
            asked["action"],
            quantity=asked["quantity"],
            metadata=asked.get("metadata"),
            key=key_of(request),
            rate=api_rate(),
            api_key=api_key_of(request),
        )
        return Response(spent_body(spent.usage), headers=REPLAYED if spent.is_replay else None)
