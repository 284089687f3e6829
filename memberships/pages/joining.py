"""To Stripe's hosted page and back."""

from __future__ import annotations

from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from memberships.models import Invoice
from memberships.models.plan import FREE
from memberships.pages.standing import standing_of
from memberships.plans import paid_plan
from memberships.subscriptions import checkout as checkouts
from tokens.ledger.wallet import read_wallet
from tokens.models import Purchase
from tokens.web import limits
from tokens.web.caller import buyer_of, user_id_of
from tokens.web.redirects import SeeOther, asks_first


@asks_first("plan")
def checkout(request: HttpRequest) -> HttpResponse:
    """GET shows the plan that `?plan=` names with a button; POST orders it and leads to its page at Stripe.

    400 for an unknown plan, 409 for a second membership.
    """
    if request.method != "POST":
        return _ask(request, request.GET.get("plan", ""))
    limits.count(request, limits.STRIPE)
    order = checkouts.start(user_id_of(request), request.POST.get("plan", ""), buyer=buyer_of(request))
    return SeeOther(order.checkout_url)


@require_safe
@login_required
def success(request: HttpRequest) -> HttpResponse:
    """Right whether the webhook came before, after or not at all: it asks Stripe through the same function."""
    limits.count(request, limits.STRIPE)
    session_id = request.GET.get("session_id", "")
    mine = Purchase.objects.for_user(user_id_of(request)).of_session(session_id).first()
    if mine is None or mine.type != Purchase.Type.SUBSCRIPTION:
        return render(request, "memberships/not_your_session.html", status=404)
    purchase = checkouts.settle_if_possible(mine)
    invoice = Invoice.objects.filter(purchase=purchase).select_related("subscription").first()
    context = {
        "purchase": purchase,
        "subscription": invoice.subscription if invoice else None,
        "standing": standing_of(user_id_of(request)),
        "tokens": read_wallet(user_id_of(request)).available,
    }
    return render(request, "memberships/success.html", context)


def _ask(request: HttpRequest, key: str) -> HttpResponse:
    """The one plan, for who chose it before signing in; a member is shown what changing to it means."""
    if not key or key == FREE:
        return redirect("memberships:home")
    plan, standing = paid_plan(key), standing_of(user_id_of(request))
    if standing.membership.is_billed:
        return redirect(f"{reverse('memberships:change')}?{urlencode({'plan': key})}")
    context = {"plan": plan, "standing": standing, "is_too_small": not plan.covers(standing.used)}
    return render(request, "memberships/join.html", context)
