"""What an API key may do: the scopes there are, which one a call needs, and whether a caller has it.

A view says once, by method, which scope its changes need (`scopes = {"POST": Scope.BUY}`); reading needs `read`
everywhere. A call that needs no sign-in needs no scope, and a session has all of them.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import models
from rest_framework.permissions import AllowAny


class Scope(models.TextChoices):
    """In the order in which they are stored and shown; the labels are for people."""

    READ = "read", "Read your balance, history, membership and domains"
    SPEND = "spend", "Spend tokens, put them on hold and ask for prices"
    BUY = "buy", "Buy packs and change your membership"
    DOMAINS = "domains", "Add, import, change, analyze, export and delete domains"
    ACCOUNT = "account", "Change the settings of your account, such as spending limits"


# As a key stores them.
ALL = " ".join(Scope.values)
USUAL = "read spend buy domains"
SAFE_METHODS = ("GET", "HEAD", "OPTIONS")


class UnknownScope(ValueError):
    """Somebody named a scope that isn't there, or none at all."""


def stored(names: Iterable[str]) -> str:
    """Scopes by name, in any order, as a key stores them. Raises UnknownScope."""
    wanted = set(names)
    known = ", ".join(Scope.values)
    if unknown := sorted(wanted - set(Scope.values)):
        raise UnknownScope(f"Unknown scope “{unknown[0]}”. Use: {known}.")
    if not wanted:
        raise UnknownScope(f"A key needs at least one scope. Use: {known}.")
    return " ".join(scope for scope in Scope.values if scope in wanted)


def needed(view: Any, method: str) -> Scope | None:
    """The scope that a key needs for a method of this view; None if nobody has to sign in for it.

    Raises KeyError for a method that changes something and whose scope the view doesn't say.
    """
    if AllowAny in view.permission_classes:
        return None
    scope: Scope = Scope.READ if method in SAFE_METHODS else view.scopes[method]
    return scope


def lacks(auth: Any, scope: Scope | None) -> bool:
    """Whether the caller, by the key they signed in with (None: a session), may not do what needs this scope."""
    return auth is not None and scope is not None and scope not in auth.scopes.split()
