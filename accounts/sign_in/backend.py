"""Who signs in with a password: one look at one account, so that the time it takes tells nothing about who has one."""

from __future__ import annotations

from typing import Any

from allauth.account.auth_backends import AuthenticationBackend
from allauth.account.internal.userkit import filter_users_by_email, get_user_by_username
from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpRequest


class OneLook(AuthenticationBackend):
    """allauth's own tries what was typed as an address and as a username, and checks the password each time."""

    def _authenticate(self, request: HttpRequest | None, **credentials: Any) -> AbstractBaseUser | None:
        name, password = credentials.get("email") or credentials.get("username"), credentials.get("password")
        user = _user_named(name) if isinstance(name, str) else None
        return self._check_password(user, password or "")


def _user_named(name: str) -> AbstractBaseUser | None:
    """The one whose confirmed address, else any address, else username it is."""
    found = filter_users_by_email(name, prefer_verified=True, for_login=True)
    return found[0] if found else get_user_by_username(name)
