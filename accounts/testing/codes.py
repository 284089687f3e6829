"""What an authenticator app does, for tests."""

from allauth.mfa import app_settings
from allauth.mfa.totp.internal.auth import (
    TOTP,
    format_hotp_value,
    generate_totp_secret,
    hotp_value,
    yield_hotp_counters_from_time,
)

from accounts.models import User


def code_of(secret: str, *, steps: int = 0) -> str:
    """What the app shows now, or so many half minutes later."""
    now = list(yield_hotp_counters_from_time())[app_settings.TOTP_TOLERANCE]
    return format_hotp_value(hotp_value(secret, now + steps))


def activate(user: User) -> str:
    """Give the user a second factor behind the shop's back; its secret."""
    secret = generate_totp_secret()
    TOTP.activate(user, secret)
    return secret
