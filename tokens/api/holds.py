from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, cast

from django.db.models import QuerySet
from rest_framework import mixins, serializers, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.scopes import Scope
from tokens.errors import UnknownHold
from tokens.ledger.wallet import get_token_balance
from tokens.models import TokenUsage
from tokens.spending.holds import LONGEST_HOLD, SHORTEST_HOLD, USUAL_HOLD, capture, hold, release
from tokens.transactions import money_transaction
from tokens.web.api.exact import ExactView
from tokens.web.api.fields import LARGEST_COUNT, ExactSerializer, MetadataField, NumberField, TextField, WordField
from tokens.web.api.idempotency import respond_once
from tokens.web.api.pagination import NewestFirstWithMore, PageSerializer
from tokens.web.api.schema import IDEMPOTENCY_KEY, describes, gives, sends
from tokens.web.caller import api_key_of, user_id_of

SHOWN = {
    "id": 45,
    "status": "spent",
    "reason": None,
    "tokens": 3,
    "expires_at": "2026-11-30T12:30:00Z",
    "balance": 84,
}


class HoldRequestSerializer(ExactSerializer):
    action = TextField(help_text="The key of an action, such as “ai_analysis”.")
    tokens = NumberField(
        required=False,
        min_value=1,
        max_value=LARGEST_COUNT,
        help_text="Tokens to hold; defaults to the price of the action, and can be more.",
    )
    expires_in = NumberField(
        default=int(USUAL_HOLD.total_seconds()),
        min_value=int(SHORTEST_HOLD.total_seconds()),
        max_value=int(LONGEST_HOLD.total_seconds()),
        help_text="Seconds until the hold is released automatically.",
    )
    metadata = MetadataField(required=False)


class CaptureRequestSerializer(ExactSerializer):
    tokens = NumberField(
        required=False,
        min_value=1,
        max_value=LARGEST_COUNT,
        help_text="Tokens to spend, at most the amount on hold, which is the default.",
    )


class HoldSerializer(serializers.Serializer[TokenUsage]):
    id = serializers.IntegerField()
    status = serializers.ChoiceField(choices=TokenUsage.Status.choices)
    reason = serializers.ChoiceField(choices=TokenUsage.Reason.choices, allow_null=True)
    tokens = serializers.IntegerField(help_text="Tokens on hold, or spent; 0 once released.")
    expires_at = serializers.DateTimeField()
    balance = serializers.IntegerField()


def _shown(usage: TokenUsage, balance: int) -> dict[str, Any]:
    return {
        "id": usage.pk,
        "status": usage.status,
        "reason": usage.reason or None,
        "tokens": usage.tokens_spent,
        "expires_at": serializers.DateTimeField().to_representation(cast(datetime, usage.expires_at)),
        "balance": balance,
    }


class ListedHoldSerializer(serializers.ModelSerializer[TokenUsage]):
    reason = serializers.ChoiceField(choices=TokenUsage.Reason.choices, allow_null=True, source="reason_or_none")
    tokens = serializers.IntegerField(source="tokens_spent", help_text="Tokens on hold, or spent; 0 once released.")

    class Meta:
        model = TokenUsage
        fields = ["id", "status", "reason", "tokens", "action", "metadata", "created_at", "expires_at", "ended_at"]


class HoldPages(NewestFirstWithMore):
    results_key = "holds"
    ordering = "-number"


class HoldQuerySerializer(PageSerializer):
    status = WordField(TokenUsage.Status.values, required=False, help_text="Only holds that are so now.")


class HoldViewSet(ExactView, mixins.ListModelMixin, viewsets.GenericViewSet[TokenUsage]):
    """Tokens put aside for work that is under way. A verb answers with the balance right after it first ran."""

    scopes = {"POST": Scope.SPEND}
    serializer_class = ListedHoldSerializer
    queryset = TokenUsage.objects.none()
    pagination_class = HoldPages

    def get_queryset(self) -> QuerySet[TokenUsage]:
        holds = TokenUsage.objects.for_user(user_id_of(self.request)).holds()
        return holds.filter(status=self.query["status"]) if self.query.get("status") else holds

    def hold_of(self, pk: int) -> TokenUsage:
        """Raises UnknownHold."""
        usage = TokenUsage.objects.for_user(user_id_of(self.request)).holds().filter(pk=pk).first()
        if usage is None:
            raise UnknownHold(f"You have no hold {pk}.")
        return usage

    @describes(
        HoldSerializer,
        problems=(402, 409, 422),
        status=201,
        operation="createHold",
        summary="Hold tokens",
        description=(
            "Puts tokens on hold for work that takes time. Capture the hold when the work is "
            "done, or release it. A hold that is neither is released automatically when it expires."
        ),
        request=HoldRequestSerializer,
        examples=[
            sends("Half an hour of work", action="data_export", tokens=8, expires_in=1800),
            gives("On hold", 201, **{**SHOWN, "status": "held", "tokens": 8, "balance": 79}),
        ],
        parameters=[IDEMPOTENCY_KEY],
    )
    def create(self, request: Request) -> Response:
        fields = dict(self.body)
        expires_in = timedelta(seconds=fields.pop("expires_in"))

        def work() -> dict[str, Any]:
            usage = hold(user_id_of(request), expires_in=expires_in, api_key=api_key_of(request), **fields)
            return _shown(usage, usage.balance_after)

        return money_transaction(respond_once)(request, work, status=201)

    @describes(
        ListedHoldSerializer(many=True),
        query=HoldQuerySerializer,
        operation="listHolds",
        summary="List your holds",
        description=(
            "Your holds, newest first: those of a client that crashed are found with `status=held`. "
            "Follow `next` for older ones."
        ),
    )
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().list(request, *args, **kwargs)

    @describes(
        HoldSerializer,
        problems=(404,),
        operation="getHold",
        summary="Get a hold",
        description="The state of a hold, and your current balance.",
    )
    def retrieve(self, request: Request, pk: int) -> Response:
        return Response(_shown(self.hold_of(pk), get_token_balance(user_id_of(request))))

    @describes(
        HoldSerializer,
        problems=(404, 409, 422),
        operation="captureHold",
        summary="Capture a hold",
        description=(
            "Spends the tokens on hold, or some of them; the rest returns to your balance. "
            "Repeating it returns the first response."
        ),
        request=CaptureRequestSerializer,
        examples=[sends("A part of it", tokens=3), gives("Captured", **SHOWN)],
        parameters=[IDEMPOTENCY_KEY],
    )
    def capture(self, request: Request, pk: int) -> Response:
        def work() -> dict[str, Any]:
            usage = capture(self.hold_of(pk), **self.body)
            return _shown(usage, usage.balance_after)

        return money_transaction(respond_once)(request, work)

    @describes(
        HoldSerializer,
        problems=(404, 409, 422),
        operation="releaseHold",
        summary="Release a hold",
        description="Returns the tokens on hold to your balance. Repeating it returns the first response.",
        parameters=[IDEMPOTENCY_KEY],
    )
    def release(self, request: Request, pk: int) -> Response:
        def work() -> dict[str, Any]:
            usage = release(self.hold_of(pk))
            return _shown(usage, usage.balance_after)

        return money_transaction(respond_once)(request, work)
