"""The link in each email about automatic top-up that turns it off, without signing in and at any time."""

from __future__ import annotations

from django.core import signing
from django.urls import reverse

SALT = "tokens.top_up.off"


def off_path(user_id: int) -> str:
    """The address, without the site's own, of the page with the one button."""
    return reverse("tokens:auto_top_up_off", args=[signing.dumps(user_id, salt=SALT)])


def user_of(token: str) -> int | None:
    """Whose automatic top-up the link turns off; None for what is no such link."""
    try:
        found = signing.loads(token, salt=SALT)
    except signing.BadSignature:
        return None
    return found if isinstance(found, int) else None
