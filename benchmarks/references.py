"""The views that the shop's are measured against: nothing at all, the stock way to spend, and Stripe's own check."""

from __future__ import annotations

from typing import Any

import stripe
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt
from rest_framework.authentication import TokenAuthentication
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import UserRateThrottle
from rest_framework.views import APIView

from tokens.spending.spends import spend
from tokens.web.caller import user_id_of


def bare(request: HttpRequest) -> HttpResponse:
    return HttpResponse(b"hello")


class NeverRefusing(UserRateThrottle):
    rate = "1000000000/min"


class StockSpend(APIView):
    """The same spend as the shop's, behind what Django REST framework brings along."""

    authentication_classes = [TokenAuthentication]
    permission_classes = [IsAuthenticated]
    throttle_classes = [NeverRefusing]

    def post(self, request: Request) -> Response:
        wanted: Any = request.data
        key = request.headers["Idempotency-Key"]
        usage = spend(user_id_of(request), wanted["action"], metadata=wanted.get("metadata"), idempotency_key=key)
        return Response({"success": True, "balance": usage.balance_after, "spent": usage.tokens_spent, "id": usage.pk})


@csrf_exempt
def construct_event(request: HttpRequest) -> HttpResponse:
    stripe.Webhook.construct_event(request.body, request.headers["Stripe-Signature"], settings.STRIPE_WEBHOOK_SECRET)
    return HttpResponse(b"{}")


urlpatterns = [
    path("bare", bare),
    path("stock/spend", StockSpend.as_view()),
    path("construct_event", construct_event),
]
