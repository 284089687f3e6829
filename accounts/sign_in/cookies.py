"""Names of cookies. By TLS they begin so that browsers take them from this very host only, and only encrypted."""

from __future__ import annotations

from django.conf import settings


def named(name: str, *, path: str = "/") -> str:
    """`__Host-` is for cookies of the whole site; what belongs to one address can have `__Secure-` only."""
    if not settings.SESSION_COOKIE_SECURE:
        return name
    return f"__Host-{name}" if path == "/" else f"__Secure-{name}"
