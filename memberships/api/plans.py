from __future__ import annotations

from typing import Any

from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from memberships.models import Plan
from memberships.plans import offered_plans
from tokens.web.api.numbers import CentsField, MoneyField
from tokens.web.api.revalidation import IF_NONE_MATCH, NOT_MODIFIED, RevalidatedViewSet
from tokens.web.api.schema import describes


class PlanSerializer(serializers.Serializer[Plan]):
    name = serializers.CharField()
    price = MoneyField("price_cents", help_text="Per month.")
    amount_cents = CentsField("price_cents")
    currency = serializers.CharField()
    domains = serializers.IntegerField(source="domain_limit", allow_null=True, help_text="null means unlimited.")
    monthly_tokens = serializers.IntegerField(
        help_text="Tokens credited with each month's payment; they expire at the end of that month."
    )


class PlansSerializer(serializers.Serializer[Any]):
    plans = serializers.DictField(child=PlanSerializer(), help_text="By key, in display order.")


class PlanViewSet(RevalidatedViewSet):
    """What memberships there are."""

    permission_classes = [AllowAny]

    @describes(
        PlansSerializer,
        operation="listPlans",
        summary="List plans",
        description="Membership plans on offer, with their monthly price and domain limit. No authentication needed.",
        parameters=[IF_NONE_MATCH],
        also=NOT_MODIFIED,
    )
    def plans(self, request: Request) -> Response:
        return Response({"plans": {plan.key: PlanSerializer(plan).data for plan in offered_plans()}})
