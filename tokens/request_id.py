"""What each line of the log says of the request under way: its ID, which the response has too, and who is signed in."""

from __future__ import annotations

import logging
import weakref
from contextvars import ContextVar

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

NONE = "-"

current: ContextVar[str] = ContextVar("request_id", default=NONE)
# Weak, so that a thread that waits for its next request keeps no body of the last one.
_asked: ContextVar[weakref.ref[HttpRequest] | None] = ContextVar("request", default=None)


def begin(name: str, request: HttpRequest | None = None) -> None:
    """From now on lines are about this request. Django's own line about a failed one is written after the response."""
    current.set(name)
    _asked.set(weakref.ref(request) if request is not None else None)


def asked() -> HttpRequest | None:
    """The request under way, here."""
    known = _asked.get()
    return known() if known else None


def user_id() -> str:
    """Who is signed in, as far as is known already: a line of the log asks nothing of the database."""
    request = asked()
    if request is None:
        return NONE
    user = vars(request).get("user")
    if type(user) is SimpleLazyObject:  # `isinstance` would look the user up
        user = getattr(request, "_cached_user", None)
    return str(getattr(user, "pk", None) or NONE)


class RequestIdFilter(logging.Filter):
    """Gives each record a `request_id` and a `user_id`; work outside a request has neither."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.request_id, record.user_id = current.get(), user_id()
        return True
