"""A top-up that the bank wants confirmed: the page that leads to the bank, and the way back."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from tokens.ledger.wallet import read_wallet
from tokens.models import SavedCard, TopUp
from tokens.stripe_api.saved_cards import Outcome
from tokens.top_up import confirming
from tokens.web import limits
from tokens.web.caller import buyer_of, user_id_of
from tokens.web.redirects import SeeOther, sent_from

PAGE = "tokens:confirm_top_up"


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request: HttpRequest) -> HttpResponse:
    """GET shows what waits; POST leads to the bank's page. A card that is declined is said so."""
    if request.method != "POST":
        return _page(request)
    limits.count(request, limits.STRIPE)
    back = buyer_of(request).origin + reverse("tokens:top_up_confirmed")
    attempt = confirming.begin(user_id_of(request), return_url=back)
    if attempt.outcome is Outcome.DECLINED:
        return _page(request, refusal=attempt.sentence, status=402)
    return SeeOther(attempt.url or back)


@never_cache
@require_safe
@login_required
def confirmed(request: HttpRequest) -> HttpResponse:
    """Back from the bank: right whether the event came before, after or not at all."""
    limits.count(request, limits.STRIPE)
    newest = confirming.refresh(user_id_of(request))
    if newest and newest.status == TopUp.Status.NEEDS_CONFIRMATION:
        return _page(request, refusal="The payment isn't confirmed yet. You can try again.")
    if newest and newest.status == TopUp.Status.DONE:
        messages.success(request, "Payment confirmed. Your tokens are in your balance.")
    return redirect("tokens:home")


@sent_from(PAGE)
def call_off(request: HttpRequest) -> HttpResponse:
    """POST stops the payment; automatic top-up stays on."""
    if confirming.call_off(user_id_of(request)):
        messages.success(request, "The payment is cancelled. Nothing was charged.")
    return SeeOther(reverse("tokens:auto_top_up"))


def _page(request: HttpRequest, *, refusal: str = "", status: int = 200) -> HttpResponse:
    user_id = user_id_of(request)
    context = {
        "top_up": confirming.waiting(user_id),
        "card": SavedCard.objects.of(user_id),
        "wallet": read_wallet(user_id),
        "refusal": refusal,
    }
    return render(request, "tokens/confirm_top_up.html", context, status=status)
