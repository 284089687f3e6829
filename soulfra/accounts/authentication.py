"""Signing in to the API with `Authorization: Bearer tk_…`: one statement, and a note of the use after the answer."""

import logging

from django.db import DatabaseError
from django.http import HttpRequest
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from soulfra.accounts import api_keys
from soulfra.accounts.errors import HeaderMalformed, KeyRefused
from soulfra.accounts.models import ApiKey, User

logger = logging.getLogger(__name__)


class ApiKeyAuthentication(BaseAuthentication):
    """`request.user` is the key's owner and `request.auth` the ApiKey; no header leaves the request to the session."""

    def authenticate(self, request: Request) -> tuple[User, ApiKey] | None:
        header = request.META.get("HTTP_AUTHORIZATION")
        if header is None:
            return None
        try:
            api_key = api_keys.authenticate(key_in(header))
        except KeyRefused as refusal:
            # The framework reads the 401 off this exception, before any view (and its table of errors) exists.
            raise AuthenticationFailed(str(refusal)) from refusal
        if api_keys.is_note_due(api_key):
            note_use_after_answer(request._request, api_key)
        return api_key.user, api_key

    def authenticate_header(self, request: Request) -> str:
        """Makes the answer to an anonymous call a 401 with `WWW-Authenticate: Bearer`, not a 403."""
        return "Bearer"


def key_in(header: str) -> str:
    """The key's text in an Authorization header."""
    words = header.split()
    if len(words) != 2 or words[0].lower() != "bearer" or not words[1].startswith("tk_"):
        raise HeaderMalformed
    return words[1]


def note_use_after_answer(request: HttpRequest, api_key: ApiKey) -> None:
    """Note the key's use when the server closes the request, which is after the answer was sent.

    Losing a note (a killed process, a database gone) loses nothing else: it is only ever for people to read.
    """
    close = request.close

    def close_and_note() -> None:
        close()
        try:
            api_keys.note_use(api_key)
        except DatabaseError:
            logger.warning("The use of API key %s could not be noted.", api_key.pk, exc_info=True)

    request.close = close_and_note  # type: ignore[method-assign]  # the one hook a request has for "answer sent"
