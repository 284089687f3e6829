"""The whole sandbox as a WSGI application: Stripe's API, the hosted pages, the operator's page."""

import json
import logging
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from werkzeug import Response
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect
from werkzeug.utils import send_from_directory

from stripe_sandbox.api.answer import answer
from stripe_sandbox.errors import StripeError
from stripe_sandbox.pages import (  # noqa: F401  each declares its pages
    addresses,
    bank,
    checkout,
    coverage,
    invoice,
    operator,
    portal,
    portal_card,
    three_d_secure,
)
from stripe_sandbox.pages.rendering import render
from stripe_sandbox.server import guard, scheduled
from stripe_sandbox.server.web import Request
from stripe_sandbox.server.worlds import Worlds

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

log = logging.getLogger(__name__)

_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'self'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'self'; "
    "object-src 'none'",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
_STATIC = Path(__file__).parent.parent / "static"
_APIS = ("/v1", "/v2", "/stripe-sandbox/api")


class Application:
    def __init__(self, worlds: Worlds) -> None:
        self._worlds = worlds

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        request = Request(environ, self._worlds)
        response = self._respond(request)
        for name, value in _HEADERS.items():
            response.headers.setdefault(name, value)
        return response(environ, start_response)

    def _respond(self, request: Request) -> Response:
        is_api = any(request.path == start or request.path.startswith(f"{start}/") for start in _APIS)
        page, ids, problem = ("", {}, None) if is_api else _page(request)
        is_for_buyers = bool(page) and page not in addresses.OPERATORS
        if refused := guard.refusal(request, self._worlds.config, is_for_buyers=is_for_buyers):
            return _refused(refused) if is_api else Response(refused, status=403, mimetype="text/plain")
        if is_api:
            return answer(request)
        return problem or _shown(request, page, ids)


def _page(request: Request) -> tuple[str, dict[str, Any], Response | None]:
    """Which page is asked for, and about what; or why there is none."""
    try:
        name, ids = addresses.PAGES.bind_to_environ(request.environ).match()
    except RequestRedirect as redirect:
        return "", {}, Response(status=redirect.code, headers={"Location": redirect.new_url})
    except HTTPException as error:
        sentence = f"The local Stripe sandbox has nothing at {request.method} {request.path}."
        is_for_people = request.accept_mimetypes.best_match(["application/json", "text/html"]) == "text/html"
        status = error.code or 404
        return "", {}, _problem(sentence, status) if is_for_people else _refused(sentence, status)
    return name, dict(ids), None


def _shown(request: Request, page: str, ids: dict[str, Any]) -> Response:
    try:
        if page == "static":
            return send_from_directory(_STATIC, ids["name"], request.environ, max_age=3600)
        _choose_world(request, page, ids)
        scheduled.catch_up(request.store)
        return addresses.SHOWN[page](request, **ids)
    except StripeError as error:
        return _problem(str(error), error.status)
    except HTTPException as error:
        return _problem(str(error.description), error.code or 400)
    except Exception:
        log.exception("The Stripe sandbox failed at %s %s.", request.method, request.path)
        return _problem("The local Stripe sandbox failed; see its log.", 500)


def _choose_world(request: Request, page: str, ids: dict[str, Any]) -> None:
    """Where the page's object is; on the operator's page, the world that was chosen, or where the form's object is."""
    if page == "do":
        chosen = request.worlds.named(request.form.get("world", ""))
        request.sandbox = chosen or request.worlds.meant(request.form.values())
    elif page == "operator":
        chosen = request.worlds.named(request.args.get("world", ""))
        request.sandbox = chosen or next(iter(request.worlds.in_use()), request.worlds.main)
    else:
        request.sandbox = request.worlds.meant(ids.values(), is_about_something=True)


def _problem(sentence: str, status: int) -> Response:
    return render("problem", {"problem": sentence}, status=status)


def _refused(sentence: str, status: int = 403) -> Response:
    error = {"message": sentence, "type": "invalid_request_error"}
    return Response(json.dumps({"error": error}, indent=2), status=status, mimetype="application/json")
