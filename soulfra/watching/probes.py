"""The addresses that machines ask: `/healthz`, `/readyz` and `/metrics`.

They are answered before anything looks at the host name, at TLS or at a session: who asks calls the process at its
own address. None says anything about a customer.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.http.response import HttpResponseBase

from soulfra.watching import metrics, readiness

GetResponse = Callable[[HttpRequest], HttpResponseBase]


class Probes:
    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        answer = ANSWERS.get(request.path_info)
        if answer is None or (answer is figures and not settings.METRICS_TOKEN):
            return self.get_response(request)
        response = answer(request) if request.method in ("GET", "HEAD") else HttpResponseNotAllowed(["GET", "HEAD"])
        response["Cache-Control"] = "no-store"
        return response


def healthz(request: HttpRequest) -> HttpResponse:
    """The process answers; it asks nobody."""
    return _said("ok")


def readyz(request: HttpRequest) -> HttpResponse:
    """200 when the shop can do its work; else 503 with the reasons. `?exclude=worker` leaves a part out."""
    excluded = request.GET.getlist("exclude")
    if unknown := [part for part in excluded if part not in readiness.PARTS]:
        return _said(f"Unknown part “{unknown[0]}”. Use: {', '.join(readiness.PARTS)}.", 400)
    reasons = readiness.reasons_against([part for part in readiness.PARTS if part not in excluded])
    return _said("\n".join(reasons), 503) if reasons else _said("ready")


def figures(request: HttpRequest) -> HttpResponse:
    """What Prometheus scrapes, for who has the token."""
    wanted = f"Bearer {settings.METRICS_TOKEN}"
    if not hmac.compare_digest(request.META.get("HTTP_AUTHORIZATION", "").encode(), wanted.encode()):
        refused = _said("Send METRICS_TOKEN as Authorization: Bearer.", 401)
        refused["WWW-Authenticate"] = "Bearer"
        return refused
    return HttpResponse(metrics.exposition(), content_type=metrics.CONTENT_TYPE)


def _said(text: str, status: int = 200) -> HttpResponse:
    return HttpResponse(f"{text}\n", status=status, content_type="text/plain; charset=utf-8")


ANSWERS: dict[str, Callable[[HttpRequest], HttpResponse]] = {
    "/healthz": healthz,
    "/readyz": readyz,
    "/metrics": figures,
}
