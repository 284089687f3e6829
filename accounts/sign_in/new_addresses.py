"""An address that is added to an account, or confirmed, opens it: the address of before is told."""

from __future__ import annotations

from typing import Any

from allauth.account.models import EmailAddress
from allauth.account.signals import email_added
from django.dispatch import receiver
from django.http import HttpRequest

from accounts.models import User
from accounts.sign_in import security_notices


@receiver(email_added)
def tell_of_added(request: HttpRequest, user: User, email_address: EmailAddress, **kwargs: Any) -> None:
    if user.email.lower() != email_address.email.lower():
        security_notices.tell(user, "email_added", ip=security_notices.ip_of(request), email=email_address.email)


def tell_of_confirmed(request: HttpRequest, email_address: EmailAddress, *, before: str) -> None:
    """`before` was the account's address until now; the first one of an account has none to tell."""
    if before.lower() != email_address.email.lower():
        security_notices.tell(
            email_address.user,
            "email_confirmed",
            ip=security_notices.ip_of(request),
            address=before,
            email=email_address.email,
        )
