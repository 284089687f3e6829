"""Forms of the pages: who may send them, and where they lead; the next page is fetched with GET."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

P = ParamSpec("P")
LONGEST_CHOICE = 100  # more than any key of a row has


class SeeOther(HttpResponseRedirect):
    """303: whatever the method was, fetch the next page with GET."""

    status_code = 303


def sent_from(page: str) -> Callable[[Callable[Concatenate[HttpRequest, P], HttpResponse]], Any]:
    """For a view that takes a form of a signed-in user from `page`, the name of an address with the same arguments.

    Whoever comes here in another way, such as back from the sign-in page, is led to it.
    """

    def decorate(view: Callable[Concatenate[HttpRequest, P], HttpResponse]) -> Any:
        @require_http_methods(["GET", "HEAD", "POST"])
        @login_required
        @wraps(view)
        def take(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            if request.method != "POST":
                return redirect(reverse(page, args=args, kwargs=kwargs))
            return view(request, *args, **kwargs)

        return take

    return decorate


def asks_first(chosen: str) -> Callable[[Callable[[HttpRequest], HttpResponse]], Any]:
    """For a view that by GET asks about what `?chosen=` names, and by POST does it.

    Whoever has to sign in or up in between is asked about the same on coming back, however they were sent away.
    """

    def decorate(view: Callable[[HttpRequest], HttpResponse]) -> Any:
        @never_cache
        @require_http_methods(["GET", "HEAD", "POST"])
        @wraps(view)
        def take(request: HttpRequest) -> HttpResponse:
            if request.user.is_authenticated:
                return view(request)
            named = (request.POST if request.method == "POST" else request.GET).get(chosen, "")[:LONGEST_CHOICE]
            return redirect_to_login(f"{request.path}?{urlencode({chosen: named})}" if named else request.path)

        return take

    return decorate
