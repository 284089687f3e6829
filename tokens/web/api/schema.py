"""How the API describes itself: what each call takes, the problems it may answer with, and the headers it accepts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse, extend_schema

from tokens.web.api.exact import takes
from tokens.web.api.fields import QuerySerializer
from tokens.web.api.problems import InsufficientTokensSerializer, ProblemSerializer
from tokens.web.refusals import PROBLEM_TYPE

MEANINGS = {
    400: "The body is malformed or names something unknown",
    401: "Nobody is signed in, or the API key is not valid",
    402: "Too few tokens",
    403: "Not allowed, or the CSRF token is missing",
    404: "No such row",
    405: "Another method is wanted",
    406: "Only JSON is offered",
    409: "Its state does not allow this, or the same request is still under way; see Retry-After",
    413: "The body is too large",
    415: "The body is of a type that is not read here",
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
    query: type[QuerySerializer] | None = None,
    request: Any = None,
    parameters: Sequence[Any] = (),
    instead: dict[int, OpenApiResponse] | None = None,
    also: dict[tuple[int, str], Any] | None = None,
    **more: Any,
) -> Callable[[Any], Any]:
    """Says what a call takes, to the schema and to the view: parameters of the address `query`, a body `request`.

    It answers with `answer` at `status` and, beside the usual ones, with these problems.
    `instead` describes problems of this call's own, by status; `also` other shapes of the answer, by status and type.
    """
    responses: dict[Any, Any] = {status: answer, **(also or {})}
    of_a_body = {413, 415} if request else {413}
    for status in sorted({400, 401, 403, 406, 429, *of_a_body, *problems}):
        body = InsufficientTokensSerializer if status == 402 else ProblemSerializer
        responses[(status, PROBLEM_TYPE)] = OpenApiResponse(body, MEANINGS[status])
    responses |= {(status, PROBLEM_TYPE): body for status, body in (instead or {}).items()}
    parameters = [*([query] if query else []), *parameters]

    def declares(method: Any) -> Any:
        described = extend_schema(responses=responses, summary=summary, request=request, parameters=parameters, **more)
        return takes(query=query, body=request)(described(method))

    return declares


def sends(name: str, /, **body: Any) -> OpenApiExample:
    """A body to start from, in the schema and on the page that tries it out."""
    return OpenApiExample(name, value=body, request_only=True)
