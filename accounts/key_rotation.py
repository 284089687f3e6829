"""Replacing an API key: a successor that may do the same for as long, while the old key works on for a chosen time.

Both share the caps and what counts toward them.
"""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from accounts import api_keys
from accounts.errors import KeyOver
from accounts.models import ApiKey

# How long the old key works on.
NOW, HOUR, DAY, WEEK = timedelta(), timedelta(hours=1), timedelta(days=1), timedelta(days=7)


@transaction.atomic
def rotate(old: ApiKey, *, works_on: timedelta, form_key: str) -> tuple[ApiKey, str]:
    """Make the successor of a key; returns its row and text, which is not had again.

    The old key ends when it would have, or after `works_on` if that is sooner. A form sent twice makes one successor,
    as `api_keys.issue` makes one key. Raises KeyOver, TooManyKeys.
    """
    api_keys.lock_owner(old.user_id)
    old = ApiKey.objects.select_related("user", "successor", "caps").get(pk=old.pk)
    form_key = f"rotate:{old.pk}:{form_key}"
    if old.successor or not old.is_active:
        return _made_before(old, form_key)
    length = old.expires_at - old.created_at if old.expires_at else None
    _end(old, works_on)
    now = timezone.now()
    new, text = api_keys.issue(
        old.user,
        name=old.name,
        may=old.scopes,
        note=old.note,
        caps=old.caps or api_keys.NO_CAPS,
        expires_at=now + length if length else None,
        form_key=form_key,
    )
    if old.made_unverified and not new.made_unverified:  # whoever planted it may have replaced it, too
        new.made_unverified = True
        new.save(update_fields=["made_unverified"])
    ApiKey.objects.filter(pk=old.pk).update(successor=new)
    return new, text


def _end(old: ApiKey, works_on: timedelta) -> None:
    """Before the successor is made, so that a key that ends at once leaves room for it."""
    if not works_on:
        api_keys.revoke(old)
        return
    ends = timezone.now() + works_on
    sooner = min(old.expires_at, ends) if old.expires_at else ends
    ApiKey.objects.filter(pk=old.pk).update(expires_at=sooner, warn_at=None)


def _made_before(old: ApiKey, form_key: str) -> tuple[ApiKey, str]:
    text = api_keys.text_of(old.user, form_key)
    if old.successor is None or old.successor.digest != api_keys.digest_of(text):
        raise KeyOver
    return old.successor, text
