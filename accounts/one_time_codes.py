"""A code of an authenticator app is good once, for as long as it would be accepted, whichever process it comes to."""

from __future__ import annotations

from allauth.core.internal.cryptokit import normalize_user_code
from allauth.mfa import app_settings
from allauth.mfa.adapter import get_adapter
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.totp.internal.auth import TOTP
from django.core.cache import cache


def use(user_id: int, code: str) -> bool:
    """Mark a correct code as used; False if it was used before."""
    seconds = app_settings.TOTP_PERIOD * (2 * app_settings.TOTP_TOLERANCE + 1)
    return cache.add(f"totp:{user_id}:{normalize_user_code(code)}", "used", timeout=seconds)


class ActivateForm(ActivateTOTPForm):
    """The code that sets the app up is used by it: whoever saw it entered cannot sign in with it."""

    def clean_code(self) -> str:
        code: str = super().clean_code()
        if not use(self.user.pk, code):
            raise get_adapter().validation_error("incorrect_code")
        return code


def remember_long_enough() -> None:
    """allauth forgets a used code after one period, and with a tolerance accepts it for longer."""
    TOTP._mark_code_used = lambda totp, code: use(totp.instance.user_id, code)
