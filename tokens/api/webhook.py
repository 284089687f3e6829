"""Stripe's endpoint. 200: done, or nothing to do. 400: not Stripe's, or not for this mode. 500: Stripe, try again."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt

from tokens.stripe_api import gateway
from tokens.web.refusals import Problem
from tokens.webhooks import inbox

ALLOWED = {"Allow": "POST, OPTIONS"}


@csrf_exempt
def webhook(request: HttpRequest) -> HttpResponse:
    """Stripe's endpoint: 200 once the event is filed, also when handling it failed; 400 for a bad signature."""
    if request.method == "OPTIONS":
        return HttpResponse(status=204, headers=ALLOWED)
    if request.method != "POST":
        detail = "Stripe delivers events here by POST."
        return Problem(405, "Method Not Allowed", detail, headers=ALLOWED).response()
    event = inbox.receive(gateway.verified_event(request.body, request.META.get("HTTP_STRIPE_SIGNATURE", "")))
    return JsonResponse({"received": True, "status": event.status}, status=200 if event.is_settled else 500)
