"""Every API request: refuse strangers, find the endpoint, check its parameters, do the work once, answer."""

import logging
import re
from dataclasses import dataclass, field
from typing import Any

from werkzeug import Response
from werkzeug.exceptions import ClientDisconnected, RequestEntityTooLarge

from stripe_sandbox.api import api_faults, idempotency
from stripe_sandbox.api.endpoints import Call, Endpoint
from stripe_sandbox.api.expand import expanded
from stripe_sandbox.api.forms import decode, leaves
from stripe_sandbox.api.paging import first_pages
from stripe_sandbox.api.table import ENDPOINTS
from stripe_sandbox.errors import CardError, LostAnswer, StripeError, unsupported
from stripe_sandbox.objects import ids
from stripe_sandbox.objects.documents import encode
from stripe_sandbox.objects.shapes import API_VERSION
from stripe_sandbox.server import guard, scheduled
from stripe_sandbox.server.web import Request
from stripe_sandbox.store import Cause
from stripe_sandbox.verbs.verb import API as VERBS_API

log = logging.getLogger(__name__)


@dataclass
class Answer:
    status: int
    body: str
    headers: dict[str, str] = field(default_factory=dict)


def answer(request: Request) -> Response:
    """The response to a call of the API, errors included: JSON as Stripe has it."""
    request_id = ids.new("request")
    try:
        found = _answer(request, request_id)
    except StripeError as error:
        found = Answer(error.status, encode(error.body))
    except LostAnswer:
        raise
    except Exception:
        log.exception("The Stripe sandbox failed at %s %s (%s).", request.method, request.path, request_id)
        problem = {
            "message": "An unknown error occurred in the local Stripe sandbox; see its log.",
            "type": "api_error",
        }
        found = Answer(500, encode({"error": problem}))
    headers = {"Request-Id": request_id, "Stripe-Version": API_VERSION, **found.headers}
    return Response(found.body, status=found.status, mimetype="application/json", headers=headers)


def _answer(request: Request, request_id: str) -> Answer:
    _choose_world(request)
    _refuse_other_version(request)
    if "Stripe-Account" in request.headers:
        raise unsupported("Stripe-Account", what="connected accounts (Stripe-Account)")
    fault = api_faults.next_one(request.store, request.method, request.path)
    api_faults.before(fault)
    answer = _done(request, request_id)
    api_faults.after(fault)
    return answer


def _choose_world(request: Request) -> None:
    """The key's; a verb that comes without a key means the objects that it names, or the only world there is."""
    if "Authorization" in request.headers or not request.path.startswith(VERBS_API):
        request.sandbox = request.worlds.of_key(guard.authenticate(request))
        return
    endpoint, _ = _endpoint(request)
    words = leaves(decode(_encoded(request)))
    request.sandbox = request.worlds.meant(words, is_about_something=bool(endpoint.required))


def _done(request: Request, request_id: str) -> Answer:
    endpoint, id = _endpoint(request)
    encoded = _encoded(request)
    params = endpoint.params.read(decode(encoded)) or {}
    scheduled.catch_up(request.store)
    if endpoint.method == "GET":
        with request.store.reading() as db:
            return Answer(200, _body(endpoint, Call(db, request.path, id, params)))
    key = request.headers.get("Idempotency-Key")
    cause, call = Cause(request_id, key), {"path": request.path, "id": id, "params": params}
    return _once(request, endpoint, call, cause, encoded=encoded) if key else _work(request, endpoint, call, cause)


def _once(request: Request, endpoint: Endpoint, call: dict[str, Any], cause: Cause, *, encoded: str) -> Answer:
    """The work of a request with an idempotency key, or the answer it had the first time."""
    key = cause.idempotency_key or ""
    first = idempotency.claim(request.store, key, path=call["path"], parameters=encoded)
    if first:
        return Answer(first.status, first.body, {"Idempotency-Key": key, "Idempotent-Replayed": "true"})
    try:
        done = _work(request, endpoint, call, cause)
    except BaseException:
        idempotency.free(request.store, key)
        raise
    return Answer(done.status, done.body, {"Idempotency-Key": key})


def _work(request: Request, endpoint: Endpoint, arguments: dict[str, Any], cause: Cause) -> Answer:
    with request.writing(cause) as db:
        call = Call(db, **arguments)
        try:
            done = Answer(200, _body(endpoint, call))
        except CardError as error:
            done = Answer(error.status, encode(error.body))
        if cause.idempotency_key:
            idempotency.answer(db, cause.idempotency_key, status=done.status, body=done.body)
    if call.await_event:
        request.wait_for_delivery(call.await_event)
    if call.answer_later:
        with request.store.reading() as db:
            done.body = encode(call.answer_later(db))
    return done


def _body(endpoint: Endpoint, call: Call) -> str:
    return encode(first_pages(expanded(call.db, endpoint.handle(call), call.params.get("expand", []))))


def _endpoint(request: Request) -> tuple[Endpoint, str]:
    for endpoint in ENDPOINTS:
        id = endpoint.match(request.method or "", request.path)
        if id is not None:
            return endpoint, id
    raise StripeError(
        f"Unrecognized request URL ({request.method}: {request.path}). If you are trying to list objects, remove the "
        "trailing slash. If you are trying to retrieve an object, make sure you passed a valid (non-empty) "
        "identifier in your code.",
        status=404,
    )


def _encoded(request: Request) -> str:
    if request.method in ("GET", "DELETE"):
        return request.query_string.decode("utf-8", errors="replace")
    try:
        body = request.get_data()
    except ClientDisconnected as error:
        # A caller that died while it was sending leaves a request that may still parse, with less in it.
        raise StripeError("Invalid request (its body is shorter than its Content-Length).") from error
    except RequestEntityTooLarge as error:
        raise StripeError("Invalid request (its body is too long).", status=413) from error
    if body and request.mimetype != "application/x-www-form-urlencoded":
        raise StripeError("Invalid request (check that your POST content type is application/x-www-form-urlencoded).")
    return body.decode("utf-8", errors="replace")


def _refuse_other_version(request: Request) -> None:
    """The sandbox knows the shapes of one version; another SDK than the pinned one must not go unnoticed.

    Later ones of the same line only add to it, as Stripe promises.
    """
    version = request.headers.get("Stripe-Version", API_VERSION)
    (date, _, line), (least, _, pinned) = version.partition("."), API_VERSION.partition(".")
    if line != pinned or not re.fullmatch(r"\d{4}-\d\d-\d\d", date) or date < least:
        raise StripeError(
            f"Invalid Stripe API version: {version}. The local Stripe sandbox speaks {API_VERSION}, and what is newer "
            f"of {pinned}."
        )
