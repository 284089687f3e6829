"""Emails with links that open an account: a password reset, an address to confirm, an invitation.

How they are sent is not this app's business: an app that can send email registers with `delivers` when it starts.
"""

from __future__ import annotations

from collections.abc import Callable

from django.core.mail import EmailMessage

from accounts.hooks import Hook

# The function that sends one. It is called in a request, and must not wait for a mail server.
delivers: Hook[Callable[[EmailMessage], None]] = Hook()


def send(message: EmailMessage) -> None:
    """Give it to whoever sends such emails; at once where nobody registered."""
    for deliver in delivers:
        deliver(message)
    if not delivers.functions:
        message.send()
