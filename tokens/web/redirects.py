"""Forms of the pages: who may send them, and where they lead; the next page is fetched with GET."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods

P = ParamSpec("P")


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
