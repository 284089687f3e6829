"""Emails with links that open an account: a password reset, an address to confirm, an invitation.

How they are sent is not this app's business: an app that can send email registers with `delivers` when it starts.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from allauth.account import app_settings
from django.conf import settings
from django.core.mail import EmailMessage

from accounts.hooks import Hook

# The function that sends one, while its link is good. It is called in a request, and must not wait for a mail server.
delivers: Hook[Callable[[EmailMessage, timedelta], None]] = Hook()


def send(message: EmailMessage, *, good_for: timedelta) -> None:
    """Give it to whoever sends such emails; at once where nobody registered."""
    for deliver in delivers:
        deliver(message, good_for)
    if not delivers.functions:
        message.send()


def lifetime_of(template: str) -> timedelta:
    """How long the link of one of allauth's emails is good."""
    if "email_confirmation" in template:
        return timedelta(days=app_settings.EMAIL_CONFIRMATION_EXPIRE_DAYS)
    return timedelta(seconds=settings.PASSWORD_RESET_TIMEOUT)
