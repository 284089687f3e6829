"""The last answers, when no view gave one: a problem under /api/, a page elsewhere."""

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views import defaults

from tokens.refusals import PROBLEM_TYPE, Problem


def not_found(request: HttpRequest, exception: Exception, *args: Any) -> HttpResponse:
    if request.path.startswith("/api/"):
        return _problem(404, "Not Found", f"There is nothing at {request.path}. The addresses are listed at /api/docs.")
    return defaults.page_not_found(request, exception)


def server_error(request: HttpRequest, *args: Any) -> HttpResponse:
    if request.path.startswith("/api/"):
        return _problem(500, "Internal Server Error", "Something went wrong on our side; it has been logged.")
    return defaults.server_error(request)


def _problem(status: int, title: str, detail: str) -> JsonResponse:
    return JsonResponse(Problem(status, title, detail).body(), status=status, content_type=PROBLEM_TYPE)
