"""Relaxes the content security policy under the back office's path, and nowhere else."""

from collections.abc import Callable

from csp.decorators import csp_update
from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase


class BackOfficeCSP:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response
        self.relaxed = csp_update(settings.BACK_OFFICE_CSP)(get_response)

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        is_back_office = request.path.startswith("/admin/")
        return self.relaxed(request) if is_back_office else self.get_response(request)
