from __future__ import annotations

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.scopes import Scope
from tokens.models import SpendReversal
from tokens.spending.taking_back import LONGEST_REASON, take_back
from tokens.transactions import money_transaction
from tokens.web.api.exact import ExactViewSet
from tokens.web.api.fields import LARGEST_COUNT, ExactSerializer, NumberField, TextField
from tokens.web.api.idempotency import respond_once
from tokens.web.api.schema import IDEMPOTENCY_KEY, describes, sends
from tokens.web.caller import api_key_of, user_id_of


class ReversalSerializer(ExactSerializer):
    quantity = NumberField(
        required=False,
        min_value=1,
        max_value=LARGEST_COUNT,
        help_text="How many times of the spend's `quantity` to reverse; defaults to all that are left.",
    )
    reason = TextField(max_length=LONGEST_REASON, help_text="What went wrong, as it stands on your statement.")


class ReversedSerializer(serializers.Serializer[Any]):
    success = serializers.BooleanField()
    id = serializers.IntegerField(help_text="The reversal's ID.")
    usage = serializers.IntegerField(help_text="The ID of the usage.")
    quantity = serializers.IntegerField()
    tokens = serializers.IntegerField(help_text="Tokens returned.")
    balance = serializers.IntegerField(help_text="Your balance right after it.")


def _shown(reversal: SpendReversal) -> dict[str, Any]:
    return {
        "success": True,
        "id": reversal.pk,
        "usage": reversal.usage_id,
        "quantity": reversal.quantity,
        "tokens": reversal.tokens,
        "balance": reversal.balance_after,
    }


class SpendReversalViewSet(ExactViewSet):
    """Spends taken back."""

    scopes = {"POST": Scope.SPEND}

    @describes(
        ReversedSerializer,
        problems=(404, 409, 422),
        operation="reverseUsage",
        summary="Reverse a spend",
        description=(
            "For work that failed after it was charged: within 24 hours, the tokens of a spend or a captured hold "
            "return to the credit blocks that they were taken from. In one that has expired since, they expire; and "
            "tokens that you owe are repaid first. Only what an API key spent can be reversed, but no import, analysis "
            "or export of domains, which stay. Once nothing is left of the spend, repeating the call returns the last "
            "response. Send an Idempotency-Key with a `quantity`, so that a part is reversed once."
        ),
        request=ReversalSerializer,
        examples=[
            sends("All of it", reason="The image could not be rendered."),
            sends("Two of five", quantity=2, reason="Two images could not be rendered."),
        ],
        parameters=[IDEMPOTENCY_KEY],
    )
    def create(self, request: Request, pk: int) -> Response:
        key = api_key_of(request)

        def work() -> dict[str, Any]:
            return _shown(take_back(user_id_of(request), pk, api_key=key and key.id, **self.body))

        return money_transaction(respond_once)(request, work)
