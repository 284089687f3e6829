"""Stripe's endpoint. 200: done, or nothing to do. 400: not Stripe's, or not for this mode. 500: Stripe, try again."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from tokens.models import StripeEvent
from tokens.payments import gateway, inbox


@csrf_exempt
@require_POST
def webhook(request: HttpRequest) -> HttpResponse:
    event = inbox.receive(gateway.verified_event(request.body, request.headers.get("Stripe-Signature", "")))
    is_done = event.status == StripeEvent.Status.DONE
    return JsonResponse({"received": True, "status": event.status}, status=200 if is_done else 500)
