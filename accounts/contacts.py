"""Whom customers ask for help and what they agree to, as settings name it: for the footer of every page and email."""

from __future__ import annotations

from django.conf import settings


def contacts() -> dict[str, str]:
    """`support_email`, `terms_url` and `privacy_url` for templates; each is empty where the shop has none."""
    return {
        "support_email": settings.SUPPORT_EMAIL,
        "terms_url": settings.TERMS_URL,
        "privacy_url": settings.PRIVACY_URL,
    }
