"""What happens around every request: it gets an id and a deadline for Stripe, programs take the fast path and only by
TLS, nobody keeps what is somebody's own, and each answer says what it may load and where its forms may lead.
"""

import re
import uuid
from collections.abc import Callable
from typing import Any

from csp.utils import build_policy
from django.conf import settings
from django.core.handlers.base import BaseHandler
from django.core.handlers.exception import convert_exception_to_response
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.module_loading import import_string

from accounts.throttling import limit_headers
from soulfra import content_security
from soulfra.api import fast_path
from soulfra.serving import fallbacks
from tokens import request_id
from tokens.stripe_api import deadline
from tokens.web.refusals import Problem

# What programs call; the pages about the API, beside it, are for people.
CALLS = ("/api/tokens/", "/api/memberships/", "/api/domains")
GetResponse = Callable[[HttpRequest], HttpResponseBase]

IN_THE_CLEAR = Problem(
    403,
    "HTTPS required",
    "Call this address with https://. If you sent an API key, revoke it and create another: it wasn't encrypted.",
)

# What a proxy of ours may have named the request; anything else could put false lines into the log.
ACCEPTED = re.compile(r"[A-Za-z0-9_.-]{8,64}")


def is_api(request: HttpRequest) -> bool:
    """Whether a program may have called, at an address that is there or not."""
    return f"{request.path_info}/".startswith("/api/")


class RequestId:
    """Takes over the X-Request-ID that our proxy gave, or makes one; logs, the audit log and the response include it.

    Without a proxy of ours nobody's is believed: staff could name an act like another one.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        # Not of `headers`, which would be built of all.
        given = request.META.get("HTTP_X_REQUEST_ID", "") if settings.NUM_PROXIES else ""
        name = given if ACCEPTED.fullmatch(given) else uuid.uuid4().hex
        request_id.begin(name, request)
        response = self.get_response(request)
        response["X-Request-ID"] = name
        return response


class ApiLimits:
    """Every answer under /api/ says how many calls its caller has left, also where no view was reached."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if is_api(request):
            for name, value in limit_headers(request).items():
                response.headers[name] = value
        return response


class NobodyKeeps:
    """Answers to whoever is known by a cookie or a key: no cache, and no browser after a sign-out, shows them again.

    So it is with whatever the API answers, unless the call says otherwise.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        is_known = "HTTP_AUTHORIZATION" in request.META or settings.SESSION_COOKIE_NAME in request.META.get(
            "HTTP_COOKIE", ""
        )
        is_known = is_known or settings.SESSION_COOKIE_NAME in response.cookies
        if (is_known or is_api(request)) and "Cache-Control" not in response:
            response["Cache-Control"] = "private, no-store"
        return response


class NothingRuns:
    """Answers without a page's own policy, as files and those to programs: nobody frames them, nothing in them runs."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response
        self.policy = build_policy(config=content_security.EVERYWHERE)

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if not settings.DEBUG:  # Django's own pages about errors stand with scripts and styles in them
            response.headers.setdefault("Content-Security-Policy", self.policy)
        return response


class EncryptedCalls:
    """Refuses a program's call that came unencrypted where pages redirect to TLS.

    A redirect would be followed in silence, and the key sent in the clear with every call.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        is_in_the_clear = settings.SECURE_SSL_REDIRECT and not request.is_secure()
        if is_in_the_clear and request.path_info.startswith(CALLS):
            return fallbacks.refusal(request, IN_THE_CLEAR)
        return self.get_response(request)


class StripeDeadline:
    """Everything that a request asks of Stripe, however many calls, is answered or given up by one deadline."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        with deadline.within(settings.STRIPE_DEADLINE_SECONDS):
            return self.get_response(request)


class ApiHandler(BaseHandler):
    """Django's handler with the few middlewares that an API call needs."""

    _middleware_chain: GetResponse

    def load_middleware(self, is_async: bool = False) -> None:
        """As Django's own, which reads a setting that is the pages': changing it meanwhile would change theirs too."""
        hooks: dict[str, list[Any]] = {"view": [], "template_response": [], "exception": []}
        handler: Any = convert_exception_to_response(self._get_response)  # type: ignore[attr-defined]  # Django's own
        for path in reversed(settings.API_MIDDLEWARE):
            middleware = import_string(path)(handler)
            for what, hooked in hooks.items():
                if hook := getattr(middleware, f"process_{what}", None):
                    hooked.append(hook)
            handler = convert_exception_to_response(middleware)
        self._view_middleware = hooks["view"][::-1]  # from the outermost on; the others begin with the innermost
        self._template_response_middleware, self._exception_middleware = hooks["template_response"], hooks["exception"]
        self._middleware_chain = handler


class FastPath:
    """Calls of programs, which sign in with a header or sign their body, do without sessions and what pages need.

    The fast path has no sessions, so a browser's call takes the usual one, where forgery is looked for. The simplest
    calls skip even the few middlewares left: `soulfra.api.fast_path` answers them.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response
        handler = ApiHandler()
        handler.load_middleware()
        self.short: GetResponse = handler._middleware_chain  # `get_response` would close the request a second time

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        is_signed = "HTTP_AUTHORIZATION" in request.META or "HTTP_STRIPE_SIGNATURE" in request.META
        if is_signed and request.path_info.startswith(CALLS):
            return fast_path.answer(request) or self.short(request)
        return self.get_response(request)


class ContentSecurity:
    """What is not the same for every page: the back office's laxer policy, and where forms may lead."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        policy = getattr(response, "_csp_update", None) or {}  # what the view itself asked for
        if request.path.startswith("/admin/"):
            policy = {**policy, **content_security.BACK_OFFICE}
        response._csp_update = {**policy, "form-action": content_security.form_targets()}  # type: ignore[attr-defined]
        return response
