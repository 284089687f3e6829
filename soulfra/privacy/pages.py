"""Two sections of the account page and what they lead to: a copy of one's data, and the end of the account."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from allauth.account.decorators import reauthentication_required
from allauth.core import ratelimit
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.http import FileResponse, Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts.factors.forms import ConfirmAccessForm
from accounts.pages.api_keys import SignedInRequest
from accounts.sections import section
from accounts.sign_in import security_notices
from memberships.current import get_membership
from soulfra.privacy import closing, downloads
from tokens.web import limits
from tokens.web.redirects import SeeOther


@section("data", title="Download your data", position=90, template="privacy/_data.html")
def own_data(request: SignedInRequest) -> dict[str, Any]:
    download = downloads.latest(request.user.pk)
    return {"download": download, "may_ask": downloads.may_ask(download)}


@section("delete", title="Delete your account", position=100, template="privacy/_delete.html")
def own_end(request: SignedInRequest) -> dict[str, Any]:
    return {}


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@reauthentication_required(app="accounts", allow_get=True)
def data(request: SignedInRequest) -> HttpResponse:
    """GET shows how far the copy is; POST asks for one, which is told by email, and leads back there."""
    if request.method != "POST":
        return render(request, "privacy/data.html", {"facts": own_data(request)})
    download, is_new = downloads.ask(request.user.pk)
    if is_new:
        ip = security_notices.ip_of(request)
        security_notices.tell(request.user, "data_requested", ip=ip, at=download.created_at)
    return SeeOther(reverse("data"))


@never_cache
@login_required
@require_safe
@reauthentication_required(app="accounts")
def data_file(request: SignedInRequest, pk: UUID) -> HttpResponseBase:
    """The file, for a fresh proof of who asks: it holds everything at once."""
    file = downloads.open_file(request.user.pk, pk)
    if file is None:
        raise Http404("This copy has expired, or it never existed.")
    return FileResponse(file, as_attachment=True, filename="your-data.json", content_type="application/json")


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: SignedInRequest) -> HttpResponseBase:
    """GET says what is lost or what is in the way; POST, with password and code, deletes the account."""
    form = ConfirmAccessForm(request.POST if request.method == "POST" else None, user=request.user)
    if request.method == "POST":
        too_often = ratelimit.consume_or_429(request, action="reauthenticate", user=request.user)
        if too_often:
            return too_often
        if request.user.has_usable_password() and not closing.in_the_way(request.user) and form.is_valid():
            return _deleted(request)
    context = {
        "form": form,
        "in_the_way": closing.in_the_way(request.user),
        "lost": closing.what_is_lost(request.user),
        "membership": get_membership(request.user.pk),
        "has_password": request.user.has_usable_password(),
    }
    return render(request, "privacy/delete.html", context)


def _deleted(request: SignedInRequest) -> HttpResponse:
    limits.count(request, limits.STRIPE)  # which may be asked to close a payment page
    closing.close(request.user)
    logout(request)
    messages.success(request, "Your account was deleted.")
    return redirect("tokens:home")
