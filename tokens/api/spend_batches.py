from __future__ import annotations

from typing import Any

from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.scopes import Scope
from tokens.api.usage import SpendSerializer
from tokens.ledger.rates import api_rate
from tokens.spending.batches import Item, spend_batch
from tokens.spending.spends import Spent
from tokens.web.api.exact import ExactViewSet
from tokens.web.api.fields import ExactSerializer, TextField
from tokens.web.api.idempotency import LONGEST_KEY, REPLAYED, complaint_about, key_of
from tokens.web.api.schema import IDEMPOTENCY_KEY, describes, gives, sends
from tokens.web.caller import api_key_of, user_id_of

MOST = 500


class BatchItemSerializer(SpendSerializer):
    key = TextField(
        required=False,
        max_length=LONGEST_KEY,
        help_text="This spend's own idempotency key, if the call has no Idempotency-Key: 1 to 255 visible ASCII.",
    )

    def validate_key(self, key: str) -> str:
        if complaint := complaint_about(key):
            raise ValidationError(complaint)
        return key


class BatchSerializer(ExactSerializer):
    spends = serializers.ListField(
        child=BatchItemSerializer(),
        min_length=1,
        max_length=MOST,
        error_messages={"not_a_list": "Must be a JSON array."},
        help_text=f"1 to {MOST} spends.",
    )

    def validate_spends(self, spends: list[dict[str, Any]]) -> list[dict[str, Any]]:
        with_key = sum("key" in spend for spend in spends)
        if with_key not in (0, len(spends)):
            raise ValidationError("Give each spend a key, or none of them.")
        return spends


class BatchSpentSerializer(serializers.Serializer[Any]):
    success = serializers.BooleanField()
    spent = serializers.IntegerField(help_text="Tokens, of all spends together: replayed ones count too.")
    balance = serializers.IntegerField(help_text="Your balance after the last of them.")
    ids = serializers.ListField(child=serializers.IntegerField(), help_text="The usages, in the order of the spends.")


class SpendBatchViewSet(ExactViewSet):
    """Many spends at once."""

    scopes = {"POST": Scope.SPEND}

    @describes(
        BatchSpentSerializer,
        problems=(402, 422),
        operation="spendTokensBatch",
        summary="Spend tokens on many actions",
        description=(
            "Charges all of them or none. Name the whole call with an Idempotency-Key, or give each spend a `key` of "
            "its own: then spends that were charged before are not charged again, and `required` of a 402 is what the "
            "new ones need."
        ),
        request=BatchSerializer,
        examples=[
            sends("Two actions", spends=[{"action": "ai_analysis"}, {"action": "import_domain", "quantity": 3}]),
            sends("Each with its key", spends=[{"action": "ai_analysis", "key": "image-17"}]),
            gives("Charged", success=True, spent=8, balance=87, ids=[42, 43]),
        ],
        parameters=[IDEMPOTENCY_KEY],
    )
    def create(self, request: Request) -> Response:
        key, sent = key_of(request), self.body["spends"]
        if key and "key" in sent[0]:
            raise ValidationError({"spends": ["Use either an Idempotency-Key or a key for each spend, not both."]})
        items = [Item(**each) for each in sent]
        spent = spend_batch(user_id_of(request), items, key=key, rate=api_rate(), api_key=api_key_of(request))
        return Response(_body(spent), headers=REPLAYED if spent.is_replay else None)


def _body(spent: Spent) -> dict[str, Any]:
    newest = max(spent.usages, key=lambda usage: usage.number)
    tokens = sum(usage.tokens_spent for usage in spent.usages)
    ids = [usage.pk for usage in spent.usages]
    return {"success": True, "spent": tokens, "balance": newest.balance_after, "ids": ids}
