"""Every API error as an RFC 9457 problem that also has the guide's keys."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, cast

from drf_standardized_errors.formatter import ExceptionFormatter
from drf_standardized_errors.handler import ExceptionHandler
from drf_standardized_errors.types import ErrorResponse
from rest_framework import serializers
from rest_framework.exceptions import (
    APIException,
    AuthenticationFailed,
    MethodNotAllowed,
    NotAcceptable,
    NotAuthenticated,
    Throttled,
    UnsupportedMediaType,
)
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.throttling import count_refusal
from tokens.database_trouble import trouble_in
from tokens.errors import retry_in
from tokens.web.refusals import PROBLEM_TYPE, Problem, problem_of


class Refused(APIException):
    """A refusal on its way through REST framework."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.detail)
        self.problem, self.status_code = problem, problem.status


class ProblemFormatter(ExceptionFormatter):
    def format_error_response(self, error_response: ErrorResponse) -> dict[str, Any]:
        if isinstance(self.exc, Refused):
            return self.exc.problem.body()
        first, *others = error_response.errors
        detail = first.detail if first.attr in (None, "non_field_errors") else f"{first.attr}: {first.detail}"
        detail = what_to_send(self.exc, self.context["view"]) or detail
        title = HTTPStatus(self.exc.status_code).phrase
        fields = [{"field": error.attr, "detail": error.detail} for error in (first, *others) if error.attr]
        return Problem(self.exc.status_code, title, detail, {"errors": fields} if fields else {}).body()


def what_to_send(refusal: APIException, view: APIView) -> str | None:
    """Names what the address takes or gives, where REST framework names only what it does not."""
    if isinstance(refusal, MethodNotAllowed):
        return f"{view.request.method} isn't supported here. Use: {', '.join(view.allowed_methods)}."
    if isinstance(refusal, UnsupportedMediaType):
        read = " or ".join(dict.fromkeys(parser.media_type for parser in view.get_parsers()))
        sent = view.request.content_type
        return f"This endpoint accepts {read}; the body was sent {f'as {sent}' if sent else 'without a Content-Type'}."
    if isinstance(refusal, NotAcceptable):
        given = " or ".join(dict.fromkeys(renderer.media_type for renderer in view.get_renderers()))
        return f"This endpoint returns {given}. Accept it, or leave out the Accept header."
    if isinstance(refusal, Throttled):
        return f"Too many requests. {retry_in(getattr(refusal, 'wait', None))}"
    return None


class ProblemHandler(ExceptionHandler):
    def convert_known_exceptions(self, exc: Exception) -> Exception:
        if problem := problem_of(exc):
            return Refused(problem)
        if isinstance(exc, AuthenticationFailed | NotAuthenticated):
            # Every call that nothing lets in ends here, and it ends before the throttles are asked.
            wait = count_refusal(cast(Request, self.context["request"])._request)
            exc = Throttled(wait) if wait else exc
        return super().convert_known_exceptions(exc)

    def format_exception(self, exc: APIException) -> dict[str, Any]:
        return ProblemFormatter(exc, self.context, self.exc).run()

    def get_response(self, exc: APIException, data: dict[str, Any]) -> Response:
        headers = exc.problem.headers if isinstance(exc, Refused) else self.get_headers(exc)
        return Response(data, exc.status_code, headers=headers, content_type=PROBLEM_TYPE)

    def report_exception(self, exc: APIException, response: Response) -> None:
        if not isinstance(exc, Refused):  # a refusal that is a 502 was logged where it happened; it is no fault of ours
            super().report_exception(exc, response)


def problem_response(exc: Exception, context: Any) -> Response | None:
    """REST framework's EXCEPTION_HANDLER: errors as problems (RFC 9457); None for a fault of the server.

    A database in trouble is left to whoever answers it for every door, middleware included.
    """
    return None if trouble_in(exc) else ProblemHandler(exc, context).run()


class FieldErrorSerializer(serializers.Serializer[Any]):
    """What is wrong with one field."""

    field = serializers.CharField(help_text="Its path, such as `spends.0.action`.")
    detail = serializers.CharField(help_text="What to send instead, in a sentence.")


class ProblemSerializer(serializers.Serializer[Any]):
    """An error, as a problem of RFC 9457."""

    type = serializers.URLField(help_text="Names the problem; opened in a browser, it explains it.")
    title = serializers.CharField(help_text="The problem in a few words.")
    status = serializers.IntegerField(help_text="The HTTP status.")
    detail = serializers.CharField(help_text="What went wrong and what to do next, in a sentence.")
    error = serializers.CharField(help_text="Same as `title`.")
    errors = FieldErrorSerializer(  # type: ignore[assignment]  # a field of the answer, not what is wrong with this one
        many=True, required=False, help_text="With a 400: every field that is wrong."
    )


class InsufficientTokensSerializer(ProblemSerializer):
    """Too few tokens, or a limit or cap is reached. Nothing was charged."""

    required = serializers.IntegerField(help_text="Tokens that the call needs.")  # type: ignore[assignment]  # a field of the answer, not the flag of a field
    balance = serializers.IntegerField(help_text="All your tokens, with those on hold already deducted.")
    available = serializers.IntegerField(help_text="Tokens you can spend now.")
    shortfall = serializers.IntegerField(required=False, help_text="Left out where a limit or cap is reached.")
    smallest_package = serializers.CharField(
        required=False, allow_null=True, help_text="The smallest package that covers the shortfall."
    )
    period = serializers.ChoiceField(["day", "month"], required=False, help_text="Whose limit or cap is reached.")
    limit = serializers.IntegerField(required=False, help_text="That limit, in tokens.")
    spent = serializers.IntegerField(required=False, help_text="What counts toward it so far.")
    cap = serializers.IntegerField(required=False, help_text="The cap of the API key that is reached, in tokens.")
    used = serializers.IntegerField(required=False, help_text="What the key has used of it so far.")
    resets_at = serializers.DateTimeField(required=False, help_text="When it starts again at 0.")


class ForbiddenSerializer(ProblemSerializer):
    """The caller may not do this."""

    scope = serializers.CharField(required=False, help_text="The scope that the API key lacks, if that is why.")
    scopes = serializers.ListField(child=serializers.CharField(), required=False, help_text="The scopes it has.")
