from __future__ import annotations

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.scopes import Scope
from memberships.current import CurrentMembership, get_membership
from memberships.domain_count import domains_used
from memberships.models import Membership
from memberships.preferences import choose_payment_order
from tokens.web.api.exact import ExactViewSet
from tokens.web.api.fields import ExactSerializer, WordField
from tokens.web.api.schema import describes, sends
from tokens.web.caller import user_id_of

ORDERS = Membership.PaymentOrder.values


class MembershipSerializer(serializers.Serializer[CurrentMembership]):
    tier = serializers.CharField(help_text="Key of the plan in effect.")
    name = serializers.CharField(source="plan.name")
    status = serializers.CharField(help_text="Subscription status at Stripe; “active” for the free plan.")
    domains_used = serializers.SerializerMethodField()
    domains_limit = serializers.IntegerField(allow_null=True, help_text="null means unlimited.")
    current_period_end = serializers.DateTimeField(allow_null=True, help_text="End of the paid period.")
    cancel_at_period_end = serializers.BooleanField()
    cancel_at = serializers.DateTimeField(allow_null=True, help_text="When the membership ends, if cancelled.")
    next_tier = serializers.CharField(
        source="next_plan.key",
        default=None,
        allow_null=True,
        help_text="The plan that takes effect when the period ends.",
    )
    grace_until = serializers.DateTimeField(
        allow_null=True, help_text="If a renewal is unpaid, the plan stays in effect until then."
    )
    gift_until = serializers.DateTimeField(allow_null=True, help_text="End of a complimentary plan.")
    payment_order = serializers.ChoiceField(choices=ORDERS)

    def get_domains_used(self, membership: CurrentMembership) -> int:
        return domains_used(membership.user_id)


class PreferenceSerializer(ExactSerializer):
    payment_order = WordField(ORDERS, help_text="Which pays first for an import: tokens or the membership.")


class CurrentViewSet(ExactViewSet):
    """The signed-in user's membership; someone who never had one is on Free."""

    scopes = {"PATCH": Scope.BUY}

    @describes(
        MembershipSerializer,
        operation="getMembership",
        summary="Get your membership",
        description=(
            "The plan in effect, how many domains you use, and any scheduled change. Without "
            "a paid membership this is the free plan."
        ),
    )
    def retrieve(self, request: Request) -> Response:
        return Response(shown(user_id_of(request)))

    @describes(
        MembershipSerializer,
        operation="updateMembership",
        summary="Update your payment order",
        description="Chooses which pays first for an import: tokens or the membership.",
        request=PreferenceSerializer,
        examples=[sends("Spare the tokens", payment_order="membership_first")],
    )
    def partial_update(self, request: Request) -> Response:
        choose_payment_order(user_id_of(request), self.body["payment_order"])
        return Response(shown(user_id_of(request)))


def shown(user_id: int) -> dict[str, Any]:
    """The user's membership as every call about it answers."""
    return MembershipSerializer(get_membership(user_id)).data
