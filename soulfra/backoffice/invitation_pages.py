"""Where an invitation's link leads, and where staff without a second factor learn that they need one."""

from __future__ import annotations

from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from soulfra.backoffice import invitations

GONE = 410


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Asks before it uses the link up: a mail scanner that follows links accepts nothing."""
    try:
        if request.method != "POST":
            return render(request, "account/staff_invitation.html", {"invitation": invitations.find(token)})
        accepted = invitations.find(token)
        if request.user.is_authenticated and request.user.pk != accepted.user_id:
            logout(request)
        invitations.accept(token, request)
    except invitations.InvitationVoid:
        return render(request, "account/staff_invitation_void.html", status=GONE)
    set_up = reverse("mfa_activate_totp")
    if request.user.is_authenticated:
        return HttpResponseRedirect(set_up, status=303)
    return HttpResponseRedirect(f"{reverse('account_login')}?{urlencode({'next': set_up})}", status=303)


@never_cache
@login_required
def needed(request: HttpRequest) -> HttpResponse:
    """Staff who have no second factor and no invitation to set one up."""
    return render(request, "account/staff_invitation_needed.html")
