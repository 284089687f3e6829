from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.urls import reverse
from drf_spectacular.utils import OpenApiResponse
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.scopes import Scope
from memberships.api.current import MembershipSerializer, shown
from memberships.subscriptions import changes, checkout
from tokens.stripe_api.customers import portal_url
from tokens.web import limits
from tokens.web.api.exact import ExactViewSet
from tokens.web.api.fields import ExactSerializer, TextField
from tokens.web.api.idempotency import respond_once
from tokens.web.api.problems import ProblemSerializer
from tokens.web.api.schema import IDEMPOTENCY_KEY, describes, sends
from tokens.web.caller import buyer_of, user_id_of
from tokens.web.return_addresses import ReturnsSerializer

OF_EVERY_VERB = (409, 422, 502, 503)


class ChosenPlanSerializer(ExactSerializer):
    plan = TextField(help_text="The key of a plan, such as “pro”.")


class NewMembershipSerializer(ReturnsSerializer):
    plan = TextField(help_text="The key of a plan, such as “pro”.")


class SubscribingSerializer(serializers.Serializer[Any]):
    checkout_url = serializers.URLField(help_text="Stripe's hosted payment page: redirect the buyer to it.")
    session_id = serializers.CharField()


class PortalSerializer(serializers.Serializer[Any]):
    url = serializers.URLField(
        help_text="Stripe's Billing Portal (payment methods and invoices); valid for a short time."
    )


class PaymentNeededSerializer(ProblemSerializer):
    invoice_url = serializers.CharField(help_text="Where to pay the open invoice; empty if there is none.")


PAYMENT_NEEDED = {402: OpenApiResponse(PaymentNeededSerializer, "The payment failed; nothing has changed")}


class MembershipViewSet(ExactViewSet):
    """What the signed-in user may do with the membership. Everything goes through Stripe."""

    scopes = {"POST": Scope.BUY}

    @describes(
        SubscribingSerializer,
        problems=OF_EVERY_VERB,
        operation="createMembershipCheckout",
        summary="Subscribe to a plan",
        description=(
            "Opens a Stripe Checkout page. Redirect the buyer to `checkout_url`; the "
            "membership starts once the payment is confirmed."
        ),
        request=NewMembershipSerializer,
        examples=[sends("Pro", plan="pro")],
        parameters=[IDEMPOTENCY_KEY],
    )
    def checkout(self, request: Request) -> Response:
        limits.count(request, limits.STRIPE)
        asked = dict(self.body)
        plan = asked.pop("plan")

        def work() -> dict[str, Any]:
            order = checkout.start(user_id_of(request), plan, buyer=buyer_of(request, **asked))
            return {"checkout_url": order.checkout_url, "session_id": order.stripe_checkout_session_id}

        return respond_once(request, work)

    @describes(
        MembershipSerializer,
        problems=OF_EVERY_VERB,
        operation="changeMembership",
        summary="Change your plan",
        description=(
            "An upgrade takes effect immediately and charges the difference for the rest of the "
            "month. A downgrade takes effect at the end of the paid month."
        ),
        request=ChosenPlanSerializer,
        examples=[sends("Premium", plan="premium")],
        parameters=[IDEMPOTENCY_KEY],
        instead=PAYMENT_NEEDED,
    )
    def change(self, request: Request) -> Response:
        return _changed(request, lambda user_id: changes.change(user_id, self.body["plan"]))

    @describes(
        MembershipSerializer,
        problems=OF_EVERY_VERB,
        operation="cancelMembership",
        summary="Cancel your membership",
        description="The membership stays active until the end of the paid month and is not renewed.",
        parameters=[IDEMPOTENCY_KEY],
    )
    def cancel(self, request: Request) -> Response:
        return _changed(request, changes.cancel)

    @describes(
        MembershipSerializer,
        problems=OF_EVERY_VERB,
        operation="resumeMembership",
        summary="Resume your membership",
        description="Undoes a cancellation or a scheduled change of plan before it takes effect.",
        parameters=[IDEMPOTENCY_KEY],
    )
    def resume(self, request: Request) -> Response:
        return _changed(request, changes.resume)

    @describes(
        PortalSerializer,
        problems=OF_EVERY_VERB,
        operation="createPortalSession",
        summary="Open the Billing Portal",
        description=(
            "Returns the address of Stripe's Billing Portal, where the customer manages payment methods and invoices."
        ),
        parameters=[IDEMPOTENCY_KEY],
    )
    def portal(self, request: Request) -> Response:
        limits.count(request, limits.STRIPE)
        back = buyer_of(request).origin + reverse("memberships:home")
        return respond_once(request, lambda: {"url": portal_url(user_id_of(request), return_url=back)})


def _changed(request: Request, act: Callable[[int], None]) -> Response:
    """Do it to the user's membership, and answer with what that is then."""
    limits.count(request, limits.STRIPE)
    user_id = user_id_of(request)

    def work() -> dict[str, Any]:
        act(user_id)
        return shown(user_id)

    return respond_once(request, work)
