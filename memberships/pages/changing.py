"""Changing, cancelling and resuming: a page that says what it means, then the act."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.formats import date_format
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from memberships.current import get_membership
from memberships.models.plan import FREE
from memberships.pages.standing import standing_of
from memberships.plans import paid_plan
from memberships.subscriptions import changes
from tokens.web import limits
from tokens.web.caller import user_id_of
from tokens.web.redirects import SeeOther, asks_first, sent_from

HOME = "memberships:home"


@asks_first("plan")
def change(request: HttpRequest) -> HttpResponse:
    """GET shows what a plan change costs and when it starts; POST makes it and leads back to the membership page."""
    if request.method != "POST":
        return _say_what_changes(request, request.GET.get("plan", ""))
    limits.count(request, limits.STRIPE)
    changes.change(user_id_of(request), request.POST.get("plan", ""))
    return _home_again(request)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def cancel(request: HttpRequest) -> HttpResponse:
    """GET asks, POST cancels at the end of the paid month and leads back to the membership page."""
    if request.method != "POST":
        standing = standing_of(user_id_of(request))
        if not standing.membership.is_billed or standing.membership.cancel_at:
            return redirect(HOME)
        return render(request, "memberships/cancel.html", {"standing": standing})
    limits.count(request, limits.STRIPE)
    changes.cancel(user_id_of(request))
    return _home_again(request)


@sent_from(HOME)
def resume(request: HttpRequest) -> HttpResponse:
    """POST withdraws a scheduled cancellation or downgrade and leads back to the membership page."""
    limits.count(request, limits.STRIPE)
    changes.resume(user_id_of(request))
    return _home_again(request)


def _say_what_changes(request: HttpRequest, key: str) -> HttpResponse:
    """What changing costs and when it comes; a plan that is already one's own, or none, leads back."""
    if key == FREE:
        return redirect("memberships:cancel")
    standing = standing_of(user_id_of(request))
    row = standing.subscription
    if not key or row is None or not standing.membership.is_billed or key == standing.membership.subscribed.key:
        return redirect(HOME)
    plan = paid_plan(key)
    limits.count(request, limits.STRIPE)  # what an upgrade costs is asked there
    is_upgrade = changes.is_upgrade(row, plan)
    context = {
        "standing": standing,
        "plan": plan,
        "is_upgrade": is_upgrade,
        "cost_cents": changes.upgrade_cost_cents(row, plan) if is_upgrade else None,
        "is_too_small": not plan.covers(standing.used),
    }
    return render(request, "memberships/change.html", context)


def _home_again(request: HttpRequest) -> HttpResponse:
    membership = get_membership(user_id_of(request))
    if membership.cancel_at:
        told = f"Your membership ends on {date_format(membership.cancel_at)}."
    elif membership.next_plan and membership.current_period_end:
        told = f"Your membership changes to {membership.next_plan} on {date_format(membership.current_period_end)}."
    else:
        told = f"You're on {membership.subscribed}, and your membership renews automatically."
    messages.success(request, told)
    return SeeOther(reverse(HOME))
