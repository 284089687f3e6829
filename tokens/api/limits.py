from __future__ import annotations

from typing import Any

from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.scopes import Scope
from tokens.ledger.alerting import choose_threshold
from tokens.ledger.limits import Limit
from tokens.ledger.wallet import read_wallet
from tokens.spending.own_limits import MOST, own_limits, set_limits
from tokens.web.api.exact import ExactViewSet
from tokens.web.api.fields import ExactSerializer, NumberField
from tokens.web.api.schema import describes, sends
from tokens.web.caller import user_id_of


class LimitSerializer(serializers.Serializer[Limit]):
    limit = serializers.IntegerField(allow_null=True, help_text="Tokens; null for no limit.")
    spent = serializers.IntegerField(help_text="Tokens spent or on hold that count toward it.")
    left = serializers.IntegerField(allow_null=True)
    resets_at = serializers.DateTimeField(help_text="Days and months begin at 00:00 UTC.")


class LimitsSerializer(serializers.Serializer[Any]):
    day = LimitSerializer()
    month = LimitSerializer()
    alert_below = serializers.IntegerField(help_text="A balance below this sends an email; 0 for none.")


def _limit(when: str) -> NumberField:
    return NumberField(
        required=False, allow_null=True, min_value=0, max_value=MOST, help_text=f"Tokens per {when}; null for no limit."
    )


class LimitsRequestSerializer(ExactSerializer):
    day = _limit("day")
    month = _limit("month")
    alert_below = NumberField(
        required=False, min_value=0, max_value=MOST, help_text="A balance below this sends an email; 0 for none."
    )


class LimitsViewSet(ExactViewSet):
    """The signed-in user's own limits."""

    scopes = {"PATCH": Scope.ACCOUNT}

    @describes(
        LimitsSerializer,
        operation="getLimits",
        summary="Get your limits",
        description="How many tokens may be spent per day and month, what counts so far, and when you are told.",
    )
    def retrieve(self, request: Request) -> Response:
        return Response(_shown(user_id_of(request)))

    @describes(
        LimitsSerializer,
        operation="updateLimits",
        summary="Update your limits",
        description=(
            "Changes the limits that are sent; others stay. A limit can be lowered here at once. To raise or remove "
            "one, use the page, which asks for your password."
        ),
        request=LimitsRequestSerializer,
        examples=[sends("A hundred tokens a day", day=100)],
    )
    def partial_update(self, request: Request) -> Response:
        user_id, sent = user_id_of(request), self.body
        if limits := {period: sent[period] for period in ("day", "month") if period in sent}:
            set_limits(user_id, limits, is_proven=False)
        if "alert_below" in sent:
            choose_threshold(user_id, sent["alert_below"])
        return Response(_shown(user_id))


def _shown(user_id: int) -> dict[str, Any]:
    day, month = own_limits(user_id, timezone.now())
    figures = {"day": day, "month": month, "alert_below": read_wallet(user_id).alert_below}
    return LimitsSerializer(figures).data
