"""What whoever uses a session has proved in it, and how long ago. allauth notes each proof in the session.

The rule: an account with a second factor wants the password and a code; neither is worth anything alone.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from allauth.account.authentication import get_authentication_records
from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.http import HttpRequest

from accounts.errors import FactorNotFresh

PASSWORD, FACTOR = "password", "mfa"


def has_factor(user: Any) -> bool:
    """Whether the account has an authenticator app."""
    return bool(is_mfa_enabled(user, [Authenticator.Type.TOTP]))


def is_reauthenticated(request: HttpRequest) -> bool:
    """Whether all that the account wants was proved again lately, after signing in."""
    within = timedelta(seconds=settings.REAUTHENTICATION_SECONDS)
    proved = {record["method"] for record in _proofs(request, within) if record.get("reauthenticated")}
    return PASSWORD in proved and (FACTOR in proved or not has_factor(request.user))


def used_factor(request: HttpRequest, *, within: timedelta | None = None) -> bool:
    """As `gave_code`, where the account has the factor still: one that was turned off proves nothing any more."""
    return gave_code(request, within=within) and has_factor(request.user)


def gave_code(request: HttpRequest, *, within: timedelta | None = None) -> bool:
    """Whether a code was given in this session, at sign-in or later; lately, if `within` says so."""
    return any(record["method"] == FACTOR for record in _proofs(request, within))


def require_fresh_factor(request: HttpRequest) -> None:
    """Before money moves. Raises FactorNotFresh, which leads to where the proof is given."""
    within = timedelta(minutes=settings.STAFF_FRESH_MINUTES)
    if settings.STAFF_MFA and not used_factor(request, within=within):
        raise FactorNotFresh


def _proofs(request: HttpRequest, within: timedelta | None) -> Iterator[dict[str, Any]]:
    since = time.time() - within.total_seconds() if within else 0
    return (record for record in get_authentication_records(request, request.user) if record["at"] >= since)
