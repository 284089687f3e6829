"""A member of staff's session ends hours after sign-in, and earlier when it lies idle: anywhere in the shop."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.auth import logout, user_logged_in
from django.dispatch import receiver
from django.http import HttpRequest
from django.http.response import HttpResponseBase

SINCE, SEEN = "staff_since", "staff_seen"  # in seconds since 1970
NOTED_EVERY = 60  # since each note is a write


class StaffSessions:
    """Whoever's session is over goes on as a stranger, so each page and call answers as it answers strangers."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.user.is_authenticated and request.user.is_staff:
            now = time.time()
            if _is_over(request, now):
                logout(request)
            elif now - request.session.get(SEEN, 0) >= NOTED_EVERY:
                _note(request, now)
        return self.get_response(request)


@receiver(user_logged_in)
def begin(request: HttpRequest, user: Any, **kwargs: Any) -> None:
    """Signing in writes the session anyway."""
    if user.is_staff:
        request.session[SINCE] = request.session[SEEN] = time.time()


def _is_over(request: HttpRequest, now: float) -> bool:
    since, seen = request.session.get(SINCE, now), request.session.get(SEEN, now)
    return now - since > settings.STAFF_SESSION_HOURS * 3600 or now - seen > settings.STAFF_IDLE_MINUTES * 60


def _note(request: HttpRequest, now: float) -> None:
    request.session.setdefault(SINCE, now)  # of whoever joined the staff in the middle of a session
    request.session[SEEN] = now
