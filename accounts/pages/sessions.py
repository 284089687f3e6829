"""Signing out one other session; allauth's page lists them, and ends all others."""

from __future__ import annotations

import logging

from allauth.account.decorators import reauthentication_required
from allauth.usersessions.models import UserSession
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.pages.api_keys import SignedInRequest

log = logging.getLogger(__name__)
LIST = "usersessions_list"


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@reauthentication_required(app="accounts", allow_get=True)
def end(request: SignedInRequest, pk: int) -> HttpResponse:
    """POST signs that session out; one that is over, or another's, is as good as signed out. GET leads to the list."""
    if request.method != "POST":
        return redirect(LIST)
    session = UserSession.objects.filter(user=request.user, pk=pk).first()
    if session is not None and session.is_current():
        return redirect("account_logout")
    if session is not None:
        session.end()
        log.info("User %s signed out another session.", request.user.pk)
    messages.success(request, "That session is signed out.")
    return HttpResponseRedirect(reverse(LIST), status=303)
