"""What a call takes is said once, with `takes`; whatever else is sent is refused before the call begins.

A call that says nothing takes nothing, so none can forget to look.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from django.http import QueryDict
from django.http.multipartparser import MultiPartParserError
from rest_framework import renderers, viewsets
from rest_framework.exceptions import ParseError, UnsupportedMediaType, ValidationError
from rest_framework.request import Request, is_form_media_type
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer
from rest_framework.views import APIView

from accounts import scopes
from accounts.scopes import Scope
from tokens.errors import MissingScope
from tokens.web.api.deprecation import headers_of
from tokens.web.api.fields import QuerySerializer, refuse

ONCE = "Sent more than once. Send it only once."


@dataclass(frozen=True)
class Taken:
    """`body` is a serializer, or one for each media type; a type whose body is no form has something else there."""

    query: type[QuerySerializer] = QuerySerializer
    body: Any = None


NOTHING = Taken()


def takes(*, query: type[QuerySerializer] | None = None, body: Any = None) -> Callable[[Any], Any]:
    """Says of a method of an ExactView what may be sent to it."""

    def says(method: Any) -> Any:
        method.taken = Taken(query or QuerySerializer, body)
        return method

    return says


class JsonProblems(APIView):
    """Problems are JSON, whatever the address answers with otherwise; a deprecated call says so whatever it answers."""

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        if isinstance(response, Response) and response.exception:
            request.accepted_renderer, request.accepted_media_type = renderers.JSONRenderer(), "application/json"
        answer = super().finalize_response(request, response, *args, **kwargs)
        for name, value in headers_of(getattr(self, str(request.method).lower(), None)).items():
            answer[name] = value
        return answer


class ExactView(JsonProblems):
    """`query` and `body` are what was sent, checked.

    `scopes`: what an API key needs for each method that changes something (`accounts.scopes`).
    """

    scopes: ClassVar[Mapping[str, Scope]] = {}
    query: dict[str, Any]
    body: Any

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        handler = getattr(self, str(request.method).lower(), None)
        if handler is None:  # a 405 follows
            return
        self._require_scope(request)
        if request.method == "OPTIONS":  # what the address offers
            return
        taken = getattr(handler, "taken", NOTHING)
        self.query = _checked(taken.query, _each_once(request.query_params))
        self.body = _body(request, taken.body)

    def _require_scope(self, request: Request) -> None:
        # After the throttle, so that calls which are refused here count as well.
        auth: Any = request.auth
        scope = scopes.needed(self, str(request.method))
        if scope and scopes.lacks(auth, scope):
            raise MissingScope(scope.value, has=auth.scopes.split())


class ExactViewSet(ExactView, viewsets.ViewSet):
    """Calls about one kind of thing."""


def _body(request: Request, taken: Any) -> Any:
    if taken is None:
        return _nothing(request)
    sent = request.data
    if isinstance(taken, dict):
        taken = taken.get(str(request.content_type).partition(";")[0].strip().lower())
    if not (isinstance(taken, type) and issubclass(taken, BaseSerializer)):
        return sent
    return _checked(taken, _each_once(sent) if isinstance(sent, QueryDict) else sent)


def _nothing(request: Request) -> None:
    """An object or a form without fields is let through: some clients send one with every POST."""
    sent: Any
    try:
        sent = request.data
    except UnsupportedMediaType:
        sent = _form(request)
    except ParseError:
        sent = None
    if not isinstance(sent, dict):
        raise ValidationError("This endpoint takes no body.")
    if sent:
        refuse(sent, "Unknown field. This endpoint takes no body.")


def _form(request: Request) -> dict[str, Any] | None:
    """What is in a form that no parser of the call reads; None if the body is none."""
    if request.method != "POST" or not is_form_media_type(request.content_type):
        return None
    try:
        return {**request._request.POST, **request._request.FILES}
    except MultiPartParserError:
        return None


def _each_once(sent: QueryDict) -> dict[str, Any]:
    twice = [name for name, values in sent.lists() if len(values) > 1]
    if twice:
        refuse(twice, ONCE)
    return sent.dict()


def _checked(kind: type[BaseSerializer[Any]], sent: Any) -> Any:
    serializer = kind(data=sent)
    serializer.is_valid(raise_exception=True)
    return serializer.validated_data
