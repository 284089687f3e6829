"""The membership page: the plans, where one stands, what was paid, and what pays first."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from memberships.models import Invoice
from memberships.pages.cards import cards_for
from memberships.pages.standing import standing_of
from tokens.purchases import credit_notes
from tokens.web.caller import user_id_of

LATEST = 24


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The membership page: current plan, plans to choose from, and the newest invoices."""
    standing = standing_of(user_id_of(request)) if request.user.is_authenticated else None
    cards = cards_for(standing)
    left = request.GET.get("cancelled", "")
    context: dict[str, Any] = {
        "standing": standing,
        "cards": cards,
        "left": next((card.plan for card in cards if card.plan.key == left), None),
    }
    if standing:
        mine = Invoice.objects.filter(subscription__user=standing.membership.user_id).select_related("purchase")
        invoices = list(mine.order_by("-pk")[:LATEST])
        credit_notes.read_with(invoice.purchase for invoice in invoices)
        now = timezone.now()
        # The sandbox's clock is moved by hand; at Stripe no month that is paid begins later than now.
        is_ahead = any(invoice.period_start > now for invoice in invoices)
        context |= {"sandbox_is_ahead": settings.STRIPE_SANDBOX and is_ahead}
        context |= {"invoices": invoices, "free_limit": standing.membership.free_limit}
    return render(request, "memberships/home.html", context)
