"""From what went wrong to what the caller is told, for API and pages alike.

Doors hold no try/except for domain errors: API views meet it in `tokens.web.api.problems`, everything else in
the middleware below.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from math import ceil
from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.multipartparser import MultiPartParserError
from django.shortcuts import render
from django.utils.deprecation import MiddlewareMixin

from tokens import errors
from tokens.catalog import Package, get_catalog

PROBLEM_TYPE = "application/problem+json"

# Errors that have a page of their own; an app may have its own version of each.
PAGES: list[tuple[type[errors.TokenError], str]] = [
    (errors.StripeUnreachable, "stripe_unreachable"),
    (errors.CallUnderWay, "under_way"),
    (errors.TokenError, "refused"),
]
# Under it there is a page about each problem (soulfra/api/problem_types.py).
PROBLEM_PAGES = "/api/docs/problems/"


@dataclass(frozen=True)
class Problem:
    """RFC 9457's members, and `more`: what a program needs to act on this one. `headers` go beside the body."""

    status: int
    title: str
    detail: str
    more: dict[str, Any] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)

    def body(self) -> dict[str, Any]:
        """As JSON; `error` repeats the title for clients written to the guide."""
        members = {key: value for key, value in asdict(self).items() if key not in ("more", "headers")}
        return {"type": problem_type(slug_of(self.title)), **members, "error": self.title, **self.more}

    def response(self) -> JsonResponse:
        """The whole answer, for doors outside REST framework."""
        return JsonResponse(self.body(), status=self.status, content_type=PROBLEM_TYPE, headers=self.headers)


def slug_of(title: str) -> str:
    """The last part of a problem's `type`, by which programs know it."""
    return title.lower().replace(" ", "-").replace("'", "")


def problem_type(slug: str) -> str:
    """The address that names a problem, and explains it to who opens it."""
    return f"{settings.SITE_URL}{PROBLEM_PAGES}{slug}"


def problem_of(error: Exception) -> Problem | None:
    """The answer to a refusal: status, title and sentence; None when `error` is a fault of the server."""
    if not isinstance(error, errors.TokenError):
        return _unreadable(error)
    return Problem(error.status, error.title, str(error), _more(error), _headers(error))


def _unreadable(error: Exception) -> Problem | None:
    """What Django found in a body or an address that it does not read to its end."""
    if isinstance(error, RequestDataTooBig):
        limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        detail = f"A request may have at most {limit:,} bytes besides its files. Send less, or send the data as a file."
        return Problem(413, "Request too large", detail)
    if isinstance(error, TooManyFieldsSent):
        most = settings.DATA_UPLOAD_MAX_NUMBER_FIELDS
        return Problem(400, "Too many fields", f"A request may have at most {most:,} fields: send fewer.")
    if isinstance(error, TooManyFilesSent):
        most = settings.DATA_UPLOAD_MAX_NUMBER_FILES
        return Problem(400, "Too many files", f"A request may have at most {most:,} files: send fewer.")
    if isinstance(error, MultiPartParserError):
        detail = "The form can't be read: its Content-Type must include the boundary."
        return Problem(400, "Malformed form", detail)
    return None


def _headers(error: errors.TokenError) -> dict[str, str]:
    if isinstance(error, errors.TooManyRequests):
        return {"Retry-After": str(max(1, ceil(error.wait_seconds)))}
    return {"Retry-After": str(error.retry_after)} if error.retry_after else {}


def _more(error: errors.TokenError) -> dict[str, Any]:
    if not isinstance(error, errors.InsufficientTokens):
        return error.more
    figures = {"required": error.required, "balance": error.balance, "available": error.available}
    if isinstance(error, errors.LimitReached):  # no pack would help
        return figures | error.more
    package = _smallest_package(error)
    return figures | {"shortfall": error.shortfall, "smallest_package": package.key if package else None}


def _smallest_package(error: Exception) -> Package | None:
    """The smallest pack that covers what is short, if any does."""
    return get_catalog().smallest_package_for(error.shortfall) if isinstance(error, errors.InsufficientTokens) else None


def refusal_of(request: HttpRequest, error: Exception) -> HttpResponse | None:
    """The answer to a request that failed so: a problem under /api/, a page elsewhere; None for a fault."""
    problem = problem_of(error)
    if problem is None:
        return None
    if request.path.startswith("/api/"):
        return problem.response()
    # A body that could not be read, or was too large to be, is not read for this either.
    is_read = isinstance(error, errors.TokenError) and problem.status != 413
    package = request.POST.get("package", "") if is_read else ""
    context = {"problem": problem, "error": error, "package": package, "smallest_package": _smallest_package(error)}
    template = next((name for kind, name in PAGES if isinstance(error, kind)), "refused")
    app = request.resolver_match.app_name if request.resolver_match else ""
    names = [f"{folder}/{template}.html" for folder in (app, "tokens")]  # an app may have pages of its own
    response = render(request, names, context, status=problem.status)
    for name, value in problem.headers.items():
        response[name] = value
    return response


class RefusalMiddleware(MiddlewareMixin):
    """Answers a refusal that no view turned into a page."""

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        return refusal_of(request, exception)
