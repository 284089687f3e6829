"""How the API describes itself: what each call takes, the problems it may answer with, and the headers it accepts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse, extend_schema

from tokens.web.api.deprecation import Deprecation
from tokens.web.api.exact import takes
from tokens.web.api.fields import QuerySerializer
from tokens.web.api.problems import ForbiddenSerializer, InsufficientTokensSerializer, ProblemSerializer
from tokens.web.refusals import PROBLEM_TYPE

MEANINGS = {
    400: "Invalid request",
    401: "Missing or invalid API key",
    402: "Too few tokens, or a limit is reached; nothing was charged",
    403: "Not allowed, the API key lacks the scope, or the CSRF token is missing",
    404: "Not found",
    405: "Method not allowed",
    406: "The Accept header excludes the response type",
    409: "Not possible in the current state, or the same request is still in progress (see Retry-After)",
    410: "The file was lost; its tokens were given back",
    413: "Body too large",
    415: "Unsupported Content-Type",
    422: "Idempotency-Key already used for a different request",
    429: "Too many requests; see Retry-After",
    502: "Stripe is unreachable or refused the request",
    503: "Unavailable for a moment; see Retry-After",
}
# Any call may get these.
ALWAYS = {400, 401, 403, 406, 413, 429, 503}
BODIES = {402: InsufficientTokensSerializer, 403: ForbiddenSerializer}
IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key",
    str,
    OpenApiParameter.HEADER,
    description=(
        "Makes the request safe to repeat: the same key and body return the first "
        "response, with `Idempotent-Replayed: true`. 1 to 255 visible ASCII characters, without a comma."
    ),
)


def describes(
    answer: Any,
    *,
    operation: str,
    summary: str,
    description: str,
    problems: Iterable[int] = (),
    status: int = 200,
    query: type[QuerySerializer] | None = None,
    request: Any = None,
    parameters: Sequence[Any] = (),
    instead: dict[int, OpenApiResponse] | None = None,
    deprecated: Deprecation | None = None,
    also: Mapping[Any, Any] | None = None,
    **more: Any,
) -> Callable[[Any], Any]:
    """Says what a call takes, to the schema and to the view: parameters of the address `query`, a body `request`.

    `operation` is its id, a verb and a noun (`listDomains`), by which generated clients name their methods.
    It answers with `answer` at `status` and, beside the usual ones, with these problems.
    `instead` describes problems of this call's own, by status; `also` other answers, by status, or by status and type.
    One that is `deprecated` says so here and in each of its answers.
    """
    responses: dict[Any, Any] = {status: answer, **(also or {})}
    for status in sorted({*ALWAYS, *({415} if request else ()), *problems}):
        responses[(status, PROBLEM_TYPE)] = OpenApiResponse(BODIES.get(status, ProblemSerializer), MEANINGS[status])
    responses |= {(status, PROBLEM_TYPE): body for status, body in (instead or {}).items()}
    parameters = [*([query] if query else []), *parameters]

    def declares(method: Any) -> Any:
        described = extend_schema(
            operation_id=operation,
            summary=summary,
            description=f"{description} {deprecated.sentence}" if deprecated else description,
            deprecated=bool(deprecated),
            request=request,
            responses=responses,
            parameters=parameters,
            **more,
        )
        method.deprecation = deprecated
        return takes(query=query, body=request)(described(method))

    return declares


def sends(name: str, /, **body: Any) -> OpenApiExample:
    """A body to start from, in the schema and on the page that tries it out."""
    return OpenApiExample(name, value=body, request_only=True)


def gives(name: str, answered: int = 200, /, **body: Any) -> OpenApiExample:
    """An answer with this status, as the schema describes it."""
    return OpenApiExample(name, value=body, response_only=True, status_codes=[str(answered)])
