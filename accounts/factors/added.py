"""What happens when somebody has set up an authenticator app."""

from __future__ import annotations

from typing import Any

from allauth.account.internal.flows.login import record_authentication
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authenticator_added
from django.dispatch import receiver
from django.http import HttpRequest

from accounts.factors import codes
from accounts.factors.proof import FACTOR
from accounts.sign_in import sessions


@receiver(authenticator_added)
def protect(request: HttpRequest, user: Any, authenticator: Authenticator, **kwargs: Any) -> None:
    """End the sessions that were opened without it. Setting it up took a code, so this one need not give another."""
    if authenticator.type == Authenticator.Type.TOTP:
        codes.note_used(authenticator, user.set_up_with)
        record_authentication(request, user, FACTOR, id=authenticator.pk, type=authenticator.type, reauthenticated=True)
        sessions.end_others(request)
