"""A code of an authenticator app is good once, in whichever process and however long a slow phone's code is accepted.

allauth remembers used codes for half a minute in the cache, and accepts each for a minute and a half. So the factor's
own row says which was the last one: RFC 6238, 5.2, wants a code refused after its first use.
"""

from __future__ import annotations

from allauth.core.internal.cryptokit import compare_user_code
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from allauth.mfa.utils import decrypt
from django.db import transaction

LAST = "last_counter"


def counter_of(secret: str, code: str) -> int | None:
    """Which half minute since 1970 this code of the app is for; None if it is wrong, or too old or new."""
    for counter in yield_hotp_counters_from_time():
        if compare_user_code(actual=code, expected=format_hotp_value(hotp_value(secret, counter))):
            return int(counter)
    return None


@transaction.atomic
def use(authenticator: Authenticator, code: str) -> bool:
    """Take the code: whether it is right, and newer than the last one taken."""
    row = Authenticator.objects.select_for_update().get(pk=authenticator.pk)
    counter = counter_of(decrypt(row.data["secret"]), code)
    if counter is None or counter <= row.data.get(LAST, 0):
        return False
    note_used(row, counter)
    return True


def note_used(row: Authenticator, counter: int) -> None:
    row.data[LAST] = counter
    row.save(update_fields=["data"])
