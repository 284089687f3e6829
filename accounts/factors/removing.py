"""Taking a second factor away from an account whose owner has lost it, or becomes staff: staff do that."""

from __future__ import annotations

from allauth.mfa.models import Authenticator
from django.db import transaction

from accounts.models import User
from accounts.sign_in import security_notices, sessions


@transaction.atomic
def remove_factor(user: User) -> None:
    """Take the app and the recovery codes away, sign the owner out everywhere, and tell them if they had any."""
    removed, _ = Authenticator.objects.filter(user=user).delete()
    sessions.end_all(user)
    if removed:
        security_notices.tell(user, "totp_deactivated")
