"""What people are told by email when the security of their account changes: a password, an address, a second factor.

How a notice is sent is not this app's business: an app that can send email registers with `delivers` when it starts.
Links that open an account (a password reset, an address to confirm) are no notices: see accounts/sign_in/emails.py.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest
from django.utils import timezone

from accounts.hooks import Hook
from accounts.limits.client import client_ip
from accounts.models import User

# By the names of allauth's templates; `{from_email}` and the like are what it says of the change.
FACTS = {
    "password_changed": "Your password was changed",
    "password_set": "A password was set for your account",
    "password_reset": "Your password was reset",
    "email_changed": "Your email address was changed from {from_email} to {to_email}",
    "email_deleted": "The email address {deleted_email} was removed from your account",
    "totp_activated": "Two-factor authentication was turned on",
    "totp_deactivated": "Two-factor authentication was turned off",
    "recovery_codes_generated": "New recovery codes were created",
    "email_added": "The email address {email} was added to your account",
    "email_confirmed": "The email address {email} of your account was confirmed",
    "data_requested": "A copy of your data was requested",
    "api_key_created": "An API key was created for your account: {prefix}…",
    "api_key_rotated": "An API key of your account, {prefix}…, was replaced by {successor}…",
    "api_key_revoked": "An API key of your account was revoked: {prefix}…",
}


@dataclass(frozen=True)
class Notice:
    """`address` is where it goes: of a changed address, the old one. `fact` is a sentence without its full stop."""

    user_id: int
    address: str
    key: str
    fact: str
    at: datetime
    ip: str
    # Active API keys, by what is shown of them, where their owner should look them through.
    api_keys: tuple[str, ...] = ()


# The function that sends notices. It is called in the request that made the change.
delivers: Hook[Callable[[Notice], None]] = Hook()


def ip_of(request: HttpRequest) -> str:
    """Where a request came from, for people to read."""
    return client_ip(request) or ""


def tell(user: User, key: str, *, ip: str = "", address: str = "", at: datetime | None = None, **about: str) -> None:
    """Tell the user of a change, at the address they had before it, if they had one. `about` completes the fact.

    Of a kind of change at one moment they are told once.
    """
    if address := address or user.email:
        send(Notice(user.pk, address, key, FACTS[key].format(**about), at or timezone.now(), ip))


def send(notice: Notice) -> bool:
    """Whether somebody sends it."""
    for deliver in delivers:
        deliver(notice)
    return bool(delivers.functions)
