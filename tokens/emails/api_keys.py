"""The email about an API key that expires soon: once, two weeks before, so that its programs can be given another."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from accounts.models import ApiKey
from tokens.emails.kinds import kind, write
from tokens.in_turn import in_turn

AT_ONCE = 1000

API_KEY_EXPIRES = kind(
    "api_key_expires",
    name="Expiring API keys",
    description="An API key of yours expires in 14 days.",
)


def warn_of_expiring() -> int:
    """Tell the owner of every active key that expires soon, once; how many."""
    keys = ApiKey.objects.active().filter(warn_at__lte=timezone.now(), user__is_active=True)
    return in_turn("Expiring API key", keys.order_by("warn_at")[:AT_ONCE], _warn)


@transaction.atomic
def _warn(api_key: ApiKey) -> bool:
    # Whoever takes the moment out tells it; another sweep, or whoever replaces the key meanwhile, finds none.
    if not ApiKey.objects.active().filter(pk=api_key.pk, warn_at=api_key.warn_at).update(warn_at=None):
        return False
    about = f"api_key:{api_key.pk}:expires"
    write(api_key.user_id, API_KEY_EXPIRES, about=about, api_key=api_key)
    return True
