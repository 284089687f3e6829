"""A member of staff's session ends hours after sign-in, and earlier when it lies idle: anywhere in the shop."""

from __future__ import annotations

import time
from collections.abc import Callable

from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest
from django.http.response import HttpResponseBase

SINCE, SEEN = "staff_since", "staff_seen"  # in seconds since 1970
NOTED_EVERY = 60


class StaffSessions:
    """Whoever's session is over goes on as a stranger, so each page and call answers as it answers strangers."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        now = time.time()
        if _is_staff(request) and _is_over(request, now):
            logout(request)
        response = self.get_response(request)
        if _is_staff(request):  # also whoever has just signed in
            _note(request, now)
        return response


def _is_staff(request: HttpRequest) -> bool:
    return request.user.is_authenticated and request.user.is_staff


def _is_over(request: HttpRequest, now: float) -> bool:
    since, seen = request.session.get(SINCE, now), request.session.get(SEEN, now)
    return now - since > settings.STAFF_SESSION_HOURS * 3600 or now - seen > settings.STAFF_IDLE_MINUTES * 60


def _note(request: HttpRequest, now: float) -> None:
    """Once a minute at most, since each note is a write."""
    if SINCE not in request.session:
        request.session[SINCE] = now
    if now - request.session.get(SEEN, 0) >= NOTED_EVERY:
        request.session[SEEN] = now
