"""The way to the Billing Portal, and the choice of what pays first."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from accounts.pages.going_back import back
from accounts.sections import section
from memberships.current import get_membership
from memberships.preferences import choose_payment_order
from tokens.stripe_api.customers import portal_url
from tokens.web import limits
from tokens.web.caller import buyer_of, user_id_of
from tokens.web.redirects import SeeOther, sent_from


@sent_from("memberships:home")
def portal(request: HttpRequest) -> HttpResponse:
    """POST leads to the user's Billing Portal at Stripe. 502 when Stripe fails."""
    limits.count(request, limits.STRIPE)
    back = buyer_of(request).origin + reverse("memberships:home")
    return SeeOther(portal_url(user_id_of(request), return_url=back))


@sent_from("memberships:home")
def payment_order(request: HttpRequest) -> HttpResponse:
    """POST saves whether tokens or the membership pay first, and leads back to where it was chosen."""
    choose_payment_order(user_id_of(request), request.POST.get("payment_order", ""))
    messages.success(request, "Changes saved.")
    return SeeOther(back(request, "memberships:home"))


@section("payment-order", title="Payment order", position=80, template="memberships/_account_section.html")
def own_payment_order(request: HttpRequest) -> dict[str, Any]:
    return {"membership": get_membership(user_id_of(request))}
