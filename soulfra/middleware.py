"""What happens round every request: it gets an id, and the back office's path gets a laxer content security policy."""

import re
import uuid
from collections.abc import Callable

from csp.decorators import csp_update
from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from tokens import request_id

GetResponse = Callable[[HttpRequest], HttpResponseBase]

# What a proxy of ours may have named the request; anything else could put false lines into the log.
ACCEPTED = re.compile(r"[A-Za-z0-9_.-]{8,64}")


class RequestId:
    """Takes over the X-Request-ID that came, or makes one; logs, acts of staff and the answer carry it."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        given = request.headers.get("X-Request-ID", "")
        name = given if ACCEPTED.fullmatch(given) else uuid.uuid4().hex
        # It stays set: Django's own line about a failed request is written after this. The next request sets it anew.
        request_id.current.set(name)
        response = self.get_response(request)
        response["X-Request-ID"] = name
        return response


class BackOfficeCSP:
    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response
        self.relaxed = csp_update(settings.BACK_OFFICE_CSP)(get_response)

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        is_back_office = request.path.startswith("/admin/")
        return self.relaxed(request) if is_back_office else self.get_response(request)
