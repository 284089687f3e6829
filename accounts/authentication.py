"""Signing in to the API with `Authorization: Bearer tk_…`: one statement, and a note of the use after the answer."""

import logging
from typing import Any

from django.db import DatabaseError
from django.http import HttpRequest
from django.utils.functional import cached_property
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from accounts import api_keys
from accounts.api_keys import Signature
from accounts.errors import HeaderMalformed, KeyRefused
from accounts.limits.client import client_ip
from accounts.models import User

logger = logging.getLogger(__name__)


class ApiCaller:
    """As much of the signed-in user as the API asks for with every call; anything else is read when it is asked for."""

    is_authenticated, is_anonymous, is_active = True, False, True

    def __init__(self, signature: Signature) -> None:
        self.pk = self.id = signature.user_id
        self._signature = signature

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)  # nothing of a user that the API asks for, and a copy has none of these yet
        return getattr(self._user, name)

    @cached_property
    def _user(self) -> User:
        return self._signature.user


class ApiKeyAuthentication(BaseAuthentication):
    """`request.user` is the key's owner and `request.auth` the key's Signature.

    Without the header the request is left to the session.
    """

    def authenticate(self, request: Request) -> tuple[ApiCaller, Signature] | None:
        header = request.META.get("HTTP_AUTHORIZATION")
        if header is None:
            return None
        try:
            signature = api_keys.authenticate(key_in(header))
        except KeyRefused as refusal:
            # The framework reads the 401 off this exception, before any view (and its table of errors) exists.
            raise AuthenticationFailed(str(refusal)) from refusal
        if signature.is_note_due:
            note_use_after_answer(request._request, signature.key_id)
        return ApiCaller(signature), signature

    def authenticate_header(self, request: Request) -> str:
        """Makes the answer to an anonymous call a 401 with `WWW-Authenticate: Bearer`, not a 403."""
        return "Bearer"


def key_in(header: str) -> str:
    """The key's text in an Authorization header."""
    words = header.split()
    if len(words) != 2 or words[0].lower() != "bearer" or not words[1].startswith("tk_"):
        raise HeaderMalformed
    return words[1]


def note_use_after_answer(request: HttpRequest, key_id: int) -> None:
    """Note the key's use when the server closes the request, which is after the answer was sent.

    Losing a note (a killed process, a database gone) loses nothing else: it is only ever for people to read.
    """
    close = request.close

    def close_and_note() -> None:
        close()
        try:
            api_keys.note_use(key_id, client_ip(request))
        except DatabaseError:
            logger.warning("The use of API key %s could not be noted.", key_id, exc_info=True)

    request.close = close_and_note  # type: ignore[method-assign]  # the one hook a request has for "answer sent"
