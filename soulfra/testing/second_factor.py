"""The app on the telephone."""

from allauth.mfa.totp.internal.auth import (
    format_hotp_value,
    hotp_value,
    yield_hotp_counters_from_time,
)


def code_of(secret):
    """What the app on the telephone shows now."""
    *_, now, _ = yield_hotp_counters_from_time()
    return format_hotp_value(hotp_value(secret, now))
