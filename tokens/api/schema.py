"""How the API describes itself: the problems each call may answer with, and the headers it accepts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse, extend_schema

from tokens.api.problems import InsufficientTokensSerializer, ProblemSerializer
from tokens.refusals import PROBLEM_TYPE

MEANINGS = {
    400: "The body is malformed or names something unknown",
    401: "Nobody is signed in, or the API key is not valid",
    402: "Too few tokens",
    403: "Not allowed, or the CSRF token is missing",
    404: "No such row, or no such page of the list",
    405: "Another method is wanted",
    406: "Only JSON is offered",
    409: "Its state does not allow this, or the same request is still under way; see Retry-After",
    413: "The body is too large",
    415: "Only JSON is read",
    422: "The Idempotency-Key was used for another request",
    429: "Too many requests; see Retry-After",
    502: "Stripe isn't answering, or refused",
    503: "Too many requests wait for Stripe; see Retry-After",
}
IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key",
    str,
    OpenApiParameter.HEADER,
    description="Makes the call repeatable: the same key and body get the first answer. Up to 255 visible characters.",
)


def describes(
    answer: Any,
    *problems: int,
    summary: str,
    status: int = 200,
    instead: dict[int, OpenApiResponse] | None = None,
    also: dict[tuple[int, str], Any] | None = None,
    **more: Any,
) -> Callable[[Any], Any]:
    """`extend_schema` with the answer at `status` and, beside the usual ones, these problems.

    `instead` describes problems of this call's own, by status; `also` other shapes of the answer, by status and type.
    """
    responses: dict[Any, Any] = {status: answer, **(also or {})}
    for status in sorted({400, 401, 403, 406, 429, *problems}):
        body = InsufficientTokensSerializer if status == 402 else ProblemSerializer
        responses[(status, PROBLEM_TYPE)] = OpenApiResponse(body, MEANINGS[status])
    responses |= {(status, PROBLEM_TYPE): body for status, body in (instead or {}).items()}
    return extend_schema(responses=responses, summary=summary, **more)


def sends(name: str, /, **body: Any) -> OpenApiExample:
    """A body to start from, in the schema and on the page that tries it out."""
    return OpenApiExample(name, value=body, request_only=True)
