"""Answers where no view gives one, the first and the last: a problem under /api/, a page elsewhere."""

from typing import Any

from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.views import defaults
from django.views.decorators.csrf import csrf_exempt

from tokens.web.refusals import Problem, problem_of


def favicon(request: HttpRequest) -> HttpResponseRedirect:
    """Redirect to the shop's mark, for pages that name none of their own, such as JSON."""
    return HttpResponseRedirect(static("img/mark.svg"))


@csrf_exempt
def no_such_call(request: HttpRequest) -> HttpResponse:
    """What is under /api/ and is no call: a view, because with DEBUG on handler404 is not asked."""
    return _no_such_call(request)


def refusal(request: HttpRequest, problem: Problem) -> HttpResponse:
    """The page, or for /api/ the problem in JSON, for a request that reaches no view."""
    return refusal_at(request.path, problem)


def refusal_at(path: str, problem: Problem) -> HttpResponse:
    """The same, of an address. Its page asks nobody who it is, so that it can be given at any time."""
    if path.startswith("/api/"):
        return problem.response()
    page = render_to_string("refused.html", {"problem": problem})
    return HttpResponse(page, status=problem.status, headers=problem.headers)


def bad_request(request: HttpRequest, exception: Exception, *args: Any) -> HttpResponse:
    """The 400 page, or for /api/ a problem (RFC 9457) in JSON."""
    detail = "The request is malformed: check its address and its headers."
    if isinstance(exception, DisallowedHost):
        detail = "The Host header does not name this shop; call it at its own address."
    return refusal(request, problem_of(exception) or Problem(400, "Bad Request", detail))


def not_found(request: HttpRequest, exception: Exception, *args: Any) -> HttpResponse:
    """The 404 page, or for /api/ a problem (RFC 9457) in JSON."""
    return _no_such_call(request) if request.path.startswith("/api/") else defaults.page_not_found(request, exception)


def too_many(request: HttpRequest) -> HttpResponse:
    """What allauth answers to whom it limits; it does not say for how long."""
    detail = "Too many requests. Try again in a few minutes."
    return refusal(request, Problem(429, "Too many requests", detail, headers={"Retry-After": "60"}))


def server_error(request: HttpRequest, *args: Any) -> HttpResponse:
    """The 500 page, or for /api/ a problem (RFC 9457) in JSON."""
    if request.path.startswith("/api/"):
        return _problem(500, "Internal Server Error", "Something went wrong on our side; it has been logged.")
    return defaults.server_error(request)


def _no_such_call(request: HttpRequest) -> JsonResponse:
    return _problem(404, "Not Found", f"There is nothing at {request.path}. The addresses are listed at /api/docs.")


def _problem(status: int, title: str, detail: str) -> JsonResponse:
    return Problem(status, title, detail).response()
