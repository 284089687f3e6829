"""The account page: everything one may want to see or change about one's own account, in sections."""

from __future__ import annotations

from typing import Any

from allauth.account.models import EmailAddress
from allauth.usersessions.models import UserSession
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts.factors.proof import has_factor
from accounts.models import ApiKey
from accounts.pages.api_keys import SignedInRequest
from accounts.pages.forms import ProfileForm
from accounts.sections import section, shown


@never_cache
@require_safe
@login_required
def account(request: SignedInRequest) -> HttpResponse:
    """Every section that an app registered, one after the other on one page."""
    return render(request, "account/account.html", {"sections": shown(request)})


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def profile(request: SignedInRequest) -> HttpResponse:
    """The form of the profile section by itself, for a name that is refused."""
    form = ProfileForm(request.POST or None, instance=request.user)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, "Changes saved.")
        return HttpResponseRedirect(reverse("accounts:account"), status=303)
    return render(request, "account/profile.html", {"form": form})


@section("profile", title="Profile", position=10, template="account/sections/profile.html")
def own_profile(request: SignedInRequest) -> dict[str, Any]:
    return {"form": ProfileForm(instance=request.user)}


@section("email", title="Email addresses", position=20, template="account/sections/email.html")
def own_addresses(request: SignedInRequest) -> dict[str, Any]:
    return {"addresses": EmailAddress.objects.filter(user=request.user).order_by("-primary", "email")}


@section("password", title="Password", position=30, template="account/sections/password.html")
def own_password(request: SignedInRequest) -> dict[str, Any]:
    return {"has_password": request.user.has_usable_password()}


@section("two-factor", title="Two-factor authentication", position=40, template="account/sections/two_factor.html")
def own_factor(request: SignedInRequest) -> dict[str, Any]:
    return {"is_on": has_factor(request.user)}


@section("sessions", title="Sessions", position=50, template="account/sections/sessions.html")
def own_session(request: SignedInRequest) -> dict[str, Any]:
    """The one of this request; the page of sessions has all of them, and looks which of them still live."""
    return {"session": UserSession.objects.filter(session_key=request.session.session_key).first()}


@section("api-keys", title="API keys", position=60, template="account/sections/api_keys.html")
def own_keys(request: SignedInRequest) -> dict[str, Any]:
    return {"active_keys": ApiKey.objects.for_user(request.user.pk).active().count()}
