"""Addresses of the back office that ask for what cannot be: a date that is none, a page “zz”, a number no column holds.

Most pages there are Django's and the theme's, which hand what stands in an address to the database and leave its
complaint to be a fault of the server. It is a fault of the address. A list is shown without its filters then, and says
so; any other page answers 400. Both are logged with what was raised. An address that asks for nothing is not to blame:
what fails there is a fault of ours.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.admin.views.main import ERROR_FLAG
from django.core.exceptions import ValidationError
from django.core.paginator import InvalidPage
from django.db import DataError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse

from soulfra.serving import fallbacks
from tokens.unkeepable import is_keepable
from tokens.web.keyset import row_id
from tokens.web.refusals import Problem

log = logging.getLogger(__name__)

# What Python and the databases raise for a value that does not fit where it is asked for.
UNFIT = (ValueError, OverflowError, DataError, ValidationError, InvalidPage)
PAIR = "__range"  # wants two values where an address gives one, which makes broken SQL
SAFE = ("GET", "HEAD")
BAD_ADDRESS = Problem(
    400, "This address can't be read", "It asks for something that can't exist. Go back and follow a link instead."
)


class OddAddress:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        # Django itself leads from filters it cannot read to the list without any, and does not say so.
        if response.get("Location") == f"{request.path}?{ERROR_FLAG}=1":
            messages.warning(request, "This address contains an invalid filter, so the list isn't filtered.")
        return response

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: dict[str, Any]) -> HttpResponse | None:
        if not _is_back_office(request):
            return None
        texts = [request.path, *request.GET, *(text for _, values in request.GET.lists() for text in values)]
        is_odd = not all(is_keepable(text) for text in texts) or any(name.endswith(PAIR) for name in request.GET)
        return _refuse(request) if is_odd else None

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Only where looking is all that was asked: a form that fails is a fault of ours."""
        is_look = _is_back_office(request) and request.method in SAFE and _asks_for_something(request)
        if not (is_look and isinstance(error, UNFIT)):
            return None
        # Without the query and the error's own words: staff search for names and addresses of customers there.
        path = request.get_full_path().partition("?")[0]  # unlike `request.path` still quoted, so it is one line
        log.warning("%s asks for what cannot be: %s", path, type(error).__name__)
        return _refuse(request)


def _is_back_office(request: HttpRequest) -> bool:
    return request.path.startswith(reverse("admin:index"))


def _asks_for_something(request: HttpRequest) -> bool:
    """Whether the address has a query, or names a row by what is not the number that rows have."""
    match = request.resolver_match
    ids = [value for name, value in match.kwargs.items() if name.endswith("id")] if match else []
    return bool(request.GET) or any(row_id(str(value)) is None for value in ids)


def _refuse(request: HttpRequest) -> HttpResponse:
    match = request.resolver_match
    if match and (match.url_name or "").endswith("_changelist") and request.GET.keys() - {ERROR_FLAG}:
        return HttpResponseRedirect(f"{request.path}?{ERROR_FLAG}=1")
    return fallbacks.refusal(request, BAD_ADDRESS)
