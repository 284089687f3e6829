"""Settings of a shop that is reached by TLS: who redirects, what browsers are promised, and which cookies they keep."""

from __future__ import annotations

from typing import Any

import environ


def configured(env: environ.Env, *, site_url: str, has_proxy: bool) -> dict[str, Any]:
    """Django's settings, by name. Development has none of them."""
    redirects = env.bool("SECURE_SSL_REDIRECT", default=True)
    found: dict[str, Any] = {
        "SECURE_SSL_REDIRECT": redirects,
        # soulfra.middleware.EncryptedCalls refuses them
        "SECURE_REDIRECT_EXEMPT": ["^api/(tokens/|memberships/|domains)"],
        "SECURE_HSTS_SECONDS": env.int("SECURE_HSTS_SECONDS", default=31_536_000),
        "SECURE_HSTS_INCLUDE_SUBDOMAINS": env.bool("SECURE_HSTS_INCLUDE_SUBDOMAINS", default=True),
        # A promise for years that browsers ship with, so it is made on purpose: https://hstspreload.org
        "SECURE_HSTS_PRELOAD": env.bool("SECURE_HSTS_PRELOAD", default=False),
        "SILENCED_SYSTEM_CHECKS": [
            "security.W005",
            "security.W021",
        ],  # they want it for all
    }
    if redirects or site_url.startswith("https://"):  # a proxy may redirect instead
        found["SESSION_COOKIE_SECURE"] = found["CSRF_COOKIE_SECURE"] = True
        # Browsers take such a cookie from this very host by TLS only, so no neighbouring domain can plant one.
        found |= {"SESSION_COOKIE_NAME": "__Host-sessionid", "CSRF_COOKIE_NAME": "__Host-csrftoken"}
    if has_proxy:
        found["SECURE_PROXY_SSL_HEADER"] = ("HTTP_X_FORWARDED_PROTO", "https")
    return found
