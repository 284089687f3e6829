from __future__ import annotations

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import ApiKey
from tokens.catalog import get_catalog
from tokens.reports.usage_over_time import Asked, By, Sum, spent_over_time
from tokens.web.api.exact import ExactViewSet
from tokens.web.api.fields import PeriodSerializer, WordField
from tokens.web.api.schema import describes
from tokens.web.caller import user_id_of

BY: tuple[By, ...] = ("day", "action", "key")


class SummaryQuerySerializer(PeriodSerializer):
    by = WordField(BY, default="day", help_text="What is added up: each day (UTC), action or API key.")


class SummaryRowSerializer(serializers.Serializer[Any]):
    day = serializers.DateField(
        required=False, help_text="With `by=day`: days on which nothing was spent are left out."
    )
    action = serializers.CharField(required=False, help_text="With `by=action`.")
    key = serializers.IntegerField(
        required=False, allow_null=True, help_text="With `by=key`: the ID of the API key; null for what needed none."
    )
    name = serializers.CharField(
        required=False, allow_null=True, help_text="With `by=action` or `by=key`: its name; null without a key."
    )
    tokens = serializers.IntegerField()
    count = serializers.IntegerField(help_text="How many times an action was paid for.")


class SummarySerializer(serializers.Serializer[Any]):
    summary = SummaryRowSerializer(many=True)
    tokens = serializers.IntegerField(help_text="All of them together.")
    count = serializers.IntegerField()


class UsageSummaryViewSet(ExactViewSet):
    """What the signed-in user spent, added up."""

    @describes(
        SummarySerializer,
        query=SummaryQuerySerializer,
        operation="summarizeUsage",
        summary="Add up your spending",
        description=(
            "Tokens spent by day (oldest first), by action or by API key (largest first). "
            "A hold counts once it is captured, at the time of its capture. What was reversed doesn't count."
        ),
    )
    def summary(self, request: Request) -> Response:
        user_id, by = user_id_of(request), self.query["by"]
        asked = Asked(since=self.query.get("since"), until=self.query.get("until"))
        sums = spent_over_time(user_id, asked, (by,))
        if by != "day":
            sums.sort(key=lambda row: (-row.tokens, row.by))
        totals = {"tokens": sum(row.tokens for row in sums), "count": sum(row.times for row in sums)}
        return Response({"summary": _rows(user_id, by, sums), **totals})


def _rows(user_id: int, by: By, sums: list[Sum]) -> list[dict[str, Any]]:
    figures = [{"tokens": row.tokens, "count": row.times} for row in sums]
    if by == "day":
        named: list[dict[str, Any]] = [{"day": row.by[0]} for row in sums]
    elif by == "action":
        catalog = get_catalog()
        named = [{"action": row.by[0], "name": catalog.label(row.by[0])} for row in sums]
    else:
        keys = dict(ApiKey.objects.filter(user=user_id).values_list("pk", "name"))
        named = [{"key": int(row.by[0]) or None, "name": keys.get(int(row.by[0]))} for row in sums]
    return [name | figure for name, figure in zip(named, figures, strict=True)]
