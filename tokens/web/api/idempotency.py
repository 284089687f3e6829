"""The Idempotency-Key header: one scope for a user's keys, with method and path part of the request."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from rest_framework.exceptions import ParseError
from rest_framework.request import Request
from rest_framework.response import Response

from tokens.idempotency import answer_once, fingerprint
from tokens.web.caller import user_id_of

Status = int | Callable[[dict[str, Any]], int]

LONGEST_KEY = 255
REPLAYED = {"Idempotent-Replayed": "true"}


def respond_once(
    request: Request,
    work: Callable[[], dict[str, Any]],
    *,
    status: Status = 200,
    asked: Any = None,
) -> Response:
    """Answer with what `work` returns, or, for a key already used for this request, with the first answer.

    Call it inside a transaction when `work` is all database: a duplicate then waits. Only what `work` returns is
    stored; an exception frees the key. `asked` stands for a body that is no JSON. `status` may be told by the answer.
    """
    key = key_of(request)
    if key is None:
        return _respond(work(), status)
    body = request.data if asked is None else asked
    wanted = fingerprint(request.method, request.path, body)
    answer = answer_once(user_id_of(request), key, request=wanted, work=work)
    return _respond(answer.body, status, headers=REPLAYED if answer.is_replay else None)


def _respond(body: dict[str, Any], status: Status, headers: dict[str, str] | None = None) -> Response:
    return Response(body, status(body) if callable(status) else status, headers=headers)


def key_of(request: HttpRequest | Request) -> str | None:
    """The request's Idempotency-Key; None without one."""
    key: str | None = request.META.get("HTTP_IDEMPOTENCY_KEY")
    if key is not None and (complaint := complaint_about(key)):
        raise ParseError(complaint.replace("Must", "Idempotency-Key must"))
    if key is not None and "," in key:  # two headers of one name arrive joined, and either might come alone next time
        raise ParseError("Send one Idempotency-Key, without a comma: two headers would be taken for one key.")
    return key


def complaint_about(key: str) -> str:
    """What is wrong with an idempotency key, in a sentence; nothing: ""."""
    is_right = 1 <= len(key) <= LONGEST_KEY and key.isascii() and key.isprintable()
    return "" if is_right else f"Must be 1 to {LONGEST_KEY} visible ASCII characters."
