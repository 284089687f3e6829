"""A session ends some time after sign-in, and earlier when it lies idle; those of staff hours after, anywhere in the
shop.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth import logout, user_logged_in
from django.dispatch import receiver
from django.http import HttpRequest
from django.http.response import HttpResponseBase

SINCE, SEEN = "session_since", "session_seen"  # in seconds since 1970
MINUTE, HOUR, DAY = 60, 3600, 86_400


class SessionLimits:
    """Whoever's session is over goes on as a stranger, so each page and call answers as it answers strangers."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.user.is_authenticated:
            now = time.time()
            if _is_over(request, now):
                logout(request)
            elif _by_hand(request) and now - request.session.get(SEEN, 0) >= _noted_every(request):
                _note(request, now)
        return self.get_response(request)


@receiver(user_logged_in)
def begin(request: HttpRequest, user: Any, **kwargs: Any) -> None:
    """Signing in writes the session anyway."""
    request.session[SINCE] = request.session[SEEN] = time.time()


def _is_over(request: HttpRequest, now: float) -> bool:
    since, seen = request.session.get(SINCE, now), request.session.get(SEEN, now)
    if request.user.is_staff:
        most, idle = settings.STAFF_SESSION_HOURS * HOUR, settings.STAFF_IDLE_MINUTES * MINUTE
    else:
        most, idle = settings.SESSION_DAYS * DAY, settings.SESSION_IDLE_DAYS * DAY
    return bool(now - since > most or now - seen > idle)


def _by_hand(request: HttpRequest) -> bool:
    """Whether somebody is there: pages fetch their parts by themselves (HTMX, static/js/progress.js), for ever."""
    fetches = any(request.headers.get(name) == "true" for name in ("HX-Request", "X-Poll"))
    return not (fetches and request.method == "GET" and SEEN in request.session)


def _noted_every(request: HttpRequest) -> int:
    """How many seconds may pass unnoted, since each note is a write."""
    return MINUTE if request.user.is_staff else HOUR


def _note(request: HttpRequest, now: float) -> None:
    request.session.setdefault(SINCE, now)  # of a session from before there were limits
    request.session[SEEN] = now
    seen_at = datetime.fromtimestamp(now, UTC)
    UserSession.objects.filter(session_key=request.session.session_key).update(last_seen_at=seen_at)
