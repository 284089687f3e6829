"""The answer while the database is in trouble: try again in a moment, from whichever layer the error came.

Each middleware's and view's exception becomes a response of 500 in its place, so this looks at why, around them all.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from django.core.signals import got_request_exception
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from soulfra.serving import fallbacks
from tokens.database_trouble import trouble_in
from tokens.web.refusals import Problem

SECONDS = "5"
TITLE = "Service unavailable"
TO_PROGRAMS = "The database can't answer right now. Try again in a few seconds; the same Idempotency-Key is safe."
TO_PEOPLE = (
    "The shop's database can't answer right now. Try again in a few seconds. If you were changing or buying something, "
    "check first whether it went through."
)
GetResponse = Callable[[HttpRequest], HttpResponseBase]


class DatabaseTrouble:
    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        return _answer(request) if vars(request).get("is_database_in_trouble") else response


@receiver(got_request_exception)
def note(sender: Any, request: HttpRequest | None = None, **kwargs: Any) -> None:
    """Django sends this for every exception that it is about to answer with 500, while it is handled."""
    if request is not None and trouble_in(sys.exception()):
        request.is_database_in_trouble = True  # type: ignore[attr-defined]  # read above


def _answer(request: HttpRequest) -> HttpResponse:
    detail = TO_PROGRAMS if request.path.startswith("/api/") else TO_PEOPLE
    answer = fallbacks.refusal(request, Problem(503, TITLE, detail, headers={"Retry-After": SECONDS}))
    answer._has_been_logged = True  # type: ignore[attr-defined]  # Django's own mark: the exception was
    return answer
