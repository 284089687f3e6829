"""What a password may not contain, beside Django's own rules: what an attacker tries first."""

from __future__ import annotations

import re
from typing import Any

from django.conf import settings
from django.contrib.auth.password_validation import CommonPasswordValidator
from django.core.exceptions import ValidationError

# In either direction, and as often as it fits.
DIGITS = "01234567890123456789"
# Shorter names are in too many good passwords.
SHORTEST_NAME = 4
SHORTEST_CORE = 4


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


class NotGuessableValidator(CommonPasswordValidator):
    """Refuses what is common also when it was made long enough: repeated, or with digits and marks around it.

    Of Django's list of common passwords only one in a hundred is as long as ours must be.
    """

    def validate(self, password: str, user: Any = None) -> None:
        text = password.casefold().strip()
        cores = {
            text,
            _repeated(text),
            _without_ends(text),
            _without_ends(_repeated(text)),
            _repeated(_without_ends(text)),
        }
        is_count = text.isdigit() and (text[:10] in DIGITS or text[9::-1] in DIGITS)
        if is_count or any(len(core) < SHORTEST_CORE or core in self.passwords for core in cores):
            raise ValidationError("This password is too easy to guess.", code="password_too_common")

    def get_help_text(self) -> str:
        return "Your password can't be a common one, even with digits around it or repeated."


def _repeated(text: str) -> str:
    """The shortest text that the given one repeats, perhaps cut off at its end."""
    lengths = range(1, len(text))
    return next((text[:n] for n in lengths if (text[:n] * (len(text) // n + 1)).startswith(text)), text)


def _without_ends(text: str) -> str:
    return re.sub(r"^[\W\d_]+|[\W\d_]+$", "", text) or text


def _names(user: Any) -> set[str]:
    told = [getattr(user, "username", ""), (getattr(user, "email", "") or "").partition("@")[0]]
    return {name for name in map(_letters, told) if len(name) >= SHORTEST_NAME}


def _letters(text: str) -> str:
    return re.sub(r"[\W_]", "", text or "").casefold()
