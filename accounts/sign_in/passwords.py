"""What a password may not contain, beside Django's own rules: what an attacker tries first."""

from __future__ import annotations

import re
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError

# Shorter names are in too many good passwords.
SHORTEST_NAME = 4


class NoNamesValidator:
    """Refuses the shop's name, the username and the first part of the email address, however they are spaced."""

    def validate(self, password: str, user: Any = None) -> None:
        text = _letters(password)
        if _letters(settings.SITE_NAME) in text:
            raise ValidationError(
                f"The password can't contain the name {settings.SITE_NAME}.", code="password_has_site_name"
            )
        if any(name in text for name in _names(user)):
            raise ValidationError(
                "The password can't contain your username or email address.", code="password_has_user_name"
            )

    def get_help_text(self) -> str:
        return f"Your password can't contain your username, your email address or the name {settings.SITE_NAME}."


def _names(user: Any) -> set[str]:
    told = [getattr(user, "username", ""), (getattr(user, "email", "") or "").partition("@")[0]]
    return {name for name in map(_letters, told) if len(name) >= SHORTEST_NAME}


def _letters(text: str) -> str:
    return re.sub(r"[\W_]", "", text or "").casefold()
