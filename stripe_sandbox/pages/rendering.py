"""What every page of the sandbox shares: the guard, the CSRF cookie, and rendering without the shop's context
processors (those look at the signed-in user, which would touch the shop's database).
"""

import datetime as dt
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseForbidden, HttpResponseRedirect
from django.middleware.csrf import get_token
from django.template.loader import get_template
from django.views.decorators.cache import never_cache

from stripe_sandbox import due, guard, ids, worker
from stripe_sandbox.errors import StripeError
from stripe_sandbox.events import Cause

View = Callable[..., HttpResponse]


def sandbox_page(view: View) -> View:
    """A page for this machine only, which says in plain words when what it is about does not exist."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if refusal := guard.refusal(request):
            return HttpResponseForbidden(refusal, content_type="text/plain")
        worker.start()
        due.catch_up()
        try:
            return view(request, *args, **kwargs)
        except StripeError as error:
            return render(request, "problem", {"problem": str(error)}, status=error.status)

    return never_cache(guarded)


def render(request: HttpRequest, name: str, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
    page = get_template(f"stripe_sandbox/{name}.html").render({**context, "csrf_token": get_token(request)})
    return HttpResponse(page, status=status)


def see_other(url: str) -> HttpResponse:
    response = HttpResponseRedirect(url)
    response.status_code = 303
    return response


def shown_time(created: int) -> str:
    """Unix seconds as a page shows them, in UTC whatever the shop's time zone."""
    return dt.datetime.fromtimestamp(created, tz=dt.UTC).strftime("%Y-%m-%d %H:%M:%S")


def cause() -> Cause:
    """The buyer's own request, for the events it makes."""
    return Cause(ids.new("request"))
