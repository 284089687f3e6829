"""Cards that were replaced or removed: charged no more from then on, and forgotten at Stripe soon after."""

from __future__ import annotations

import logging
from datetime import timedelta

from django.utils import timezone

from tokens import leases
from tokens.errors import StripeFailed
from tokens.jobs import works
from tokens.models import CardToForget
from tokens.stripe_api import saved_cards

log = logging.getLogger(__name__)

LEASE = timedelta(minutes=3)
FIRST_RETRY, LONGEST_WAIT = timedelta(minutes=1), timedelta(hours=6)
# A membership is paid with the card; perhaps not for long.
LOOKED_AT_AGAIN = timedelta(days=1)


def forget(user_id: int, stripe_id: str) -> None:
    """Have Stripe forget a card, once; in the caller's transaction."""
    now = timezone.now()
    fresh = {"user_id": user_id, "next_try_at": now, "created_at": now}
    CardToForget.objects.get_or_create(stripe_id=stripe_id, defaults=fresh)


def note_forgotten(user_id: int, stripe_id: str) -> None:
    """Stripe has forgotten the card by itself: it is not asked, and nothing late brings the card back."""
    CardToForget.objects.update_or_create(
        stripe_id=stripe_id,
        defaults={"next_try_at": None},
        create_defaults={"user_id": user_id, "created_at": timezone.now()},
    )


def is_to_be_forgotten(stripe_id: str) -> bool:
    """Whether the card was replaced or removed, however long ago."""
    return CardToForget.objects.filter(stripe_id=stripe_id).exists()


@works("cards forgotten at Stripe")
def forget_next() -> bool:
    """Ask Stripe to forget one card; whether there was one."""
    now = timezone.now()
    due = CardToForget.objects.filter(next_try_at__lte=now).order_by("next_try_at")
    row = leases.take(due, lambda row: {"next_try_at": now + LEASE, "attempts": row.attempts + 1})
    if row is None:
        return False
    mine = CardToForget.objects.filter(pk=row.pk, attempts=row.attempts)
    try:
        is_forgotten = saved_cards.forget(row.stripe_id)
    except StripeFailed as error:
        log.warning("The card %s is forgotten later: %s", row.stripe_id, error)
        wait = leases.wait_before_next(row.attempts, first=FIRST_RETRY, longest=LONGEST_WAIT)
        mine.update(next_try_at=timezone.now() + wait)
    else:
        mine.update(next_try_at=None if is_forgotten else timezone.now() + LOOKED_AT_AGAIN)
    return True
