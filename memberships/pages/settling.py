"""The way to the Billing Portal, and the choice of what pays first."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from memberships.preferences import choose_payment_order
from memberships.subscriptions import changes
from tokens.web.caller import buyer_of, user_id_of
from tokens.web.redirects import SeeOther


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def portal(request: HttpRequest) -> HttpResponse:
    """POST leads to the user's Billing Portal at Stripe. 502 when Stripe fails."""
    if request.method != "POST":  # someone came back here by way of the sign-in page
        return redirect("memberships:home")
    back = buyer_of(request).origin + reverse("memberships:home")
    return SeeOther(changes.portal_url(user_id_of(request), return_url=back))


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def payment_order(request: HttpRequest) -> HttpResponse:
    """POST saves whether tokens or the membership pay first, and leads back to the membership page."""
    if request.method != "POST":  # someone came back here by way of the sign-in page
        return redirect("memberships:home")
    choose_payment_order(user_id_of(request), request.POST.get("payment_order", ""))
    messages.success(request, "Changes saved.")
    return SeeOther(reverse("memberships:home"))
