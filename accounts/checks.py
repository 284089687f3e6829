"""System checks: a shop where an account could be taken over by a setting does not start."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cryptography.fernet import Fernet
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator, validate_email

NEW_KEY = (
    'Make one with `python -c "from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())"` '
    "and keep it beside the other secrets."
)
WEB_ADDRESSES = {"TERMS_URL": "accounts.E009", "PRIVACY_URL": "accounts.E010"}
LIMITS = {
    "STAFF_SESSION_HOURS": "accounts.E003",
    "STAFF_IDLE_MINUTES": "accounts.E004",
    "STAFF_FRESH_MINUTES": "accounts.E005",
    "SESSION_DAYS": "accounts.E006",
    "SESSION_IDLE_DAYS": "accounts.E007",
}


@register(Tags.security)
def keys_of_factors(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Two-factor secrets have a key of their own, so that neither the database nor SECRET_KEY alone makes codes."""
    if not settings.MFA_ENCRYPTION_KEYS and not settings.DEBUG:
        return [Error("MFA_ENCRYPTION_KEYS is not set.", hint=NEW_KEY, id="accounts.E001")]
    if all(_is_key(key) for key in settings.MFA_ENCRYPTION_KEYS):
        return []
    return [Error("MFA_ENCRYPTION_KEYS holds what isn't a key.", hint=NEW_KEY, id="accounts.E001")]


def _is_key(key: str) -> bool:
    try:
        Fernet(key)
    except ValueError:
        return False
    return True


@register(Tags.security)
def verification(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    if settings.DEBUG or settings.ACCOUNT_EMAIL_VERIFICATION == "mandatory":
        return []
    return [
        Error(
            f"ACCOUNT_EMAIL_VERIFICATION is {settings.ACCOUNT_EMAIL_VERIFICATION!r}: anyone could sign up with "
            "somebody else's address.",
            hint="Remove it, or set it to mandatory.",
            id="accounts.E002",
        )
    ]


@register(Tags.security)
def limits_of_sessions(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    return [
        Error(
            f"{name} is {getattr(settings, name)}, so no session would last.",
            hint=f"Set {name} to 1 or more.",
            id=id,
        )
        for name, id in LIMITS.items()
        if getattr(settings, name) < 1
    ]


@register
def contacts_of_customers(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """System check: what pages and emails link to for help, the terms and the privacy policy must be addresses."""
    found: list[CheckMessage] = []
    if settings.SUPPORT_EMAIL and not _passes(validate_email, settings.SUPPORT_EMAIL):
        found.append(
            Error(
                "SUPPORT_EMAIL isn't an email address.",
                hint="Set it to one, such as support@example.com, or remove it.",
                id="accounts.E008",
            )
        )
    is_web_address = URLValidator(schemes=["http", "https"])
    for name, id in WEB_ADDRESSES.items():
        if (address := getattr(settings, name)) and not _passes(is_web_address, address):
            hint = "Set it to one that begins with https://, or remove it."
            found.append(Error(f"{name} isn't a web address.", hint=hint, id=id))
    return found


def _passes(validate: Callable[[str], None], text: str) -> bool:
    try:
        validate(text)
    except ValidationError:
        return False
    return True
