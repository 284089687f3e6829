"""Every API request: refuse strangers, find the endpoint, check its parameters, do the work once, answer."""

import logging
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from stripe_sandbox import due, guard, ids, store, webhooks, worker
from stripe_sandbox.api import idempotency
from stripe_sandbox.api.endpoints import Call, Endpoint
from stripe_sandbox.api.expand import expanded
from stripe_sandbox.api.forms import decode
from stripe_sandbox.api.table import ENDPOINTS
from stripe_sandbox.documents import encode
from stripe_sandbox.errors import CardError, StripeError
from stripe_sandbox.events import Cause
from stripe_sandbox.shapes import API_VERSION

log = logging.getLogger(__name__)


@dataclass
class Answer:
    status: int
    body: str
    headers: dict[str, str] = field(default_factory=dict)


@csrf_exempt
def answer(request: HttpRequest) -> HttpResponse:
    request_id = ids.new("request")
    try:
        found = _answer(request, request_id)
    except StripeError as error:
        found = Answer(error.status, encode(error.body))
    except Exception:
        log.exception("The Stripe sandbox failed at %s %s (%s).", request.method, request.path, request_id)
        problem = {
            "message": "An unknown error occurred in the local Stripe sandbox; see its log.",
            "type": "api_error",
        }
        found = Answer(500, encode({"error": problem}))
    headers = {"Request-Id": request_id, "Stripe-Version": API_VERSION, "Cache-Control": "no-store", **found.headers}
    return HttpResponse(found.body, status=found.status, content_type="application/json", headers=headers)


def _answer(request: HttpRequest, request_id: str) -> Answer:
    if refusal := guard.refusal(request):
        raise StripeError(refusal, status=401 if guard.has_live_key() else 403)
    guard.authenticate(request)
    _refuse_other_version(request)
    endpoint, id = _endpoint(request)
    encoded = _encoded(request)
    params = endpoint.params.read(decode(encoded)) or {}
    worker.start()
    due.catch_up()
    if endpoint.method == "GET":
        with store.reading() as db:
            return Answer(200, _body(endpoint, Call(db, request.path, id, params, Cause(request_id))))
    key = request.headers.get("Idempotency-Key")
    call = {"path": request.path, "id": id, "params": params, "cause": Cause(request_id, key)}
    return _once(endpoint, call, key=key, encoded=encoded) if key else _work(endpoint, call, key=None)


def _once(endpoint: Endpoint, call: dict[str, Any], *, key: str, encoded: str) -> Answer:
    """The work of a request with an idempotency key, or the answer it had the first time."""
    first = idempotency.claim(key, path=call["path"], parameters=encoded)
    if first:
        return Answer(first.status, first.body, {"Idempotency-Key": key, "Idempotent-Replayed": "true"})
    try:
        done = _work(endpoint, call, key=key)
    except BaseException:
        idempotency.free(key)
        raise
    return Answer(done.status, done.body, {"Idempotency-Key": key})


def _work(endpoint: Endpoint, arguments: dict[str, Any], *, key: str | None) -> Answer:
    with store.writing() as db:
        call = Call(db, **arguments)
        try:
            done = Answer(200, _body(endpoint, call))
        except CardError as error:
            done = Answer(error.status, encode(error.body))
        if key:
            idempotency.answer(db, key, status=done.status, body=done.body)
    worker.call()
    if call.await_event:
        webhooks.wait_for_first_attempt(call.await_event)
    return done


def _body(endpoint: Endpoint, call: Call) -> str:
    return encode(expanded(call.db, endpoint.handle(call), call.params.get("expand", [])))


def _endpoint(request: HttpRequest) -> tuple[Endpoint, str]:
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


def _encoded(request: HttpRequest) -> str:
    if request.method in ("GET", "DELETE"):
        return str(request.META.get("QUERY_STRING", ""))
    # A caller that died while it was sending leaves a request that may still parse, with less in it.
    if len(request.body) < int(request.headers.get("Content-Length") or 0):
        raise StripeError("Invalid request (its body is shorter than its Content-Length).")
    if request.body and request.content_type != "application/x-www-form-urlencoded":
        raise StripeError("Invalid request (check that your POST content type is application/x-www-form-urlencoded).")
    return request.body.decode("utf-8", errors="replace")


def _refuse_other_version(request: HttpRequest) -> None:
    """The sandbox knows the shapes of one version only; another SDK than the pinned one must not go unnoticed."""
    version = request.headers.get("Stripe-Version", API_VERSION)
    if version != API_VERSION:
        raise StripeError(f"Invalid Stripe API version: {version}. The local Stripe sandbox speaks {API_VERSION} only.")
