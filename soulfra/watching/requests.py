"""Every request measured, and said in one line, under the template of its address.

The address itself is never written here: it may hold what opens an account, and there is no end of addresses.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from time import perf_counter

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import Resolver404, resolve

from accounts.api_keys import Signature
from soulfra.watching import metrics, probes

log = logging.getLogger("soulfra.access")

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
OTHER = "other"
UNKNOWN = "(unknown)"
GetResponse = Callable[[HttpRequest], HttpResponseBase]


class Watched:
    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        started = perf_counter()
        response = self.get_response(request)
        _note(request, response.status_code, perf_counter() - started)
        return response


def _note(request: HttpRequest, status: int, seconds: float) -> None:
    is_written, is_counted = log.isEnabledFor(logging.INFO), metrics.is_on()
    if not (is_written or is_counted):
        return
    method, route = _method(request), route_of(request)
    if is_counted:
        metrics.requests().labels(method, route, str(status)).observe(seconds)
    if is_written and not (route in probes.ANSWERS and status < 400):
        _write(request, method, route, status, seconds)


def _write(request: HttpRequest, method: str, route: str, status: int, seconds: float) -> None:
    signature, milliseconds = getattr(request, "auth", None), round(seconds * 1000, 1)
    api_key = signature.key_id if isinstance(signature, Signature) else None
    said = {"method": method, "route": route, "status": status, "milliseconds": milliseconds, "api_key": api_key}
    with_key = f", API key {api_key}" if api_key else ""
    message = f"{method} {route} {status} in {milliseconds} ms{with_key}"
    # Not by `log.info`, which looks through the stack for its caller: a third of what a line costs.
    log.handle(log.makeRecord(log.name, logging.INFO, __file__, 0, message, (), None, extra=said))


def route_of(request: HttpRequest) -> str:
    """The template of the request's address, such as `/domains/<int:pk>/`; one word for all that have none."""
    if match := request.resolver_match:
        return f"/{match.route}"
    path = request.path_info
    if path in probes.ANSWERS:
        return path
    if path.startswith(settings.STATIC_URL):
        return f"{settings.STATIC_URL}*"
    try:  # what was refused before anybody looked for its view
        return f"/{resolve(path).route}"
    except Resolver404:
        return UNKNOWN


def _method(request: HttpRequest) -> str:
    return request.method if request.method in METHODS else OTHER
