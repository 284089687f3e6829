"""The pages at /api/docs. They need no sign-in, and their figures are those that the shop goes by."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt

from accounts.scopes import USUAL, Scope
from soulfra.api.guide.problem_types import BY_SLUG, GROUPS
from soulfra.api.guide.reference import reference
from tokens.api.spend_batches import MOST
from tokens.api.usage import MOST_AT_ONCE
from tokens.idempotency import KEPT_FOR
from tokens.spending.holds import LONGEST_HOLD, SHORTEST_HOLD, USUAL_HOLD
from tokens.web.api.fields import LARGEST_METADATA
from tokens.web.api.idempotency import LONGEST_KEY
from tokens.web.api.pagination import LARGEST_PAGE, USUAL_PAGE
from tokens.web.refusals import Problem

METHODS = "GET, HEAD, OPTIONS"


def _page(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A page for people at an address where programs call: what it refuses is a problem, as everywhere there."""

    @csrf_exempt
    @wraps(view)
    def answer(request: HttpRequest, **kwargs: Any) -> HttpResponse:
        if request.method == "OPTIONS":
            return HttpResponse(status=204, headers={"Allow": METHODS})
        if request.method not in ("GET", "HEAD"):
            detail = f"{request.method} isn't supported here. Use: {METHODS}."
            return Problem(405, "Method Not Allowed", detail, headers={"Allow": METHODS}).response()
        return view(request, **kwargs)

    return answer


@_page
def guide(request: HttpRequest) -> HttpResponse:
    """How to use the API, from the first key to the last error."""
    return render(request, "api/guide/home.html", {"problem_groups": GROUPS, **_figures()})


@_page
def calls(request: HttpRequest) -> HttpResponse:
    """Every call."""
    return render(request, "api/reference.html", {"parts": reference()})


@_page
def problem(request: HttpRequest, slug: str) -> HttpResponse:
    """What a problem means: the address that its `type` is."""
    if slug not in BY_SLUG:
        return Problem(404, "Not Found", f"There is no problem “{slug}”. All are listed at /api/docs.").response()
    return render(request, "api/problem.html", {"problem": BY_SLUG[slug]})


@_page
def changes(request: HttpRequest) -> HttpResponse:
    """What changed, and what may."""
    return render(request, "api/changes.html")


def _figures() -> dict[str, Any]:
    per_minute, burst = settings.API_REQUESTS_PER_MINUTE, settings.API_BURST
    return {
        "site_url": settings.SITE_URL,
        "scopes": [(scope.value, scope.label, scope.value in USUAL.split()) for scope in Scope],
        "most_spends": MOST,
        "most_at_once": MOST_AT_ONCE,
        "longest_key": LONGEST_KEY,
        "metadata_kb": LARGEST_METADATA // 1024,
        "keys_last_days": KEPT_FOR.days,
        "usual_hold": USUAL_HOLD,
        "shortest_hold": SHORTEST_HOLD,
        "longest_hold": LONGEST_HOLD,
        "usual_page": USUAL_PAGE,
        "largest_page": LARGEST_PAGE,
        "calls_per_minute": per_minute,
        "calls_at_once": burst,
        "refusals_per_minute": settings.API_REFUSALS_PER_MINUTE,
        "uploads_per_minute": settings.UPLOADS_PER_MINUTE,
        "stripe_per_minute": settings.STRIPE_REQUESTS_PER_MINUTE,
    }
