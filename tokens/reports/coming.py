"""What will change a customer's balance by itself: tokens that expire, and tokens that a bank has yet to pay for."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import NamedTuple

from django.db.models import Sum
from django.utils import timezone

from tokens.ledger.burning import left_of_lots
from tokens.models import Purchase


class Expiring(NamedTuple):
    """How many tokens expire next, on one day (UTC), and when the first of them do."""

    tokens: int
    at: datetime


def next_expiry(user_id: int) -> Expiring | None:
    """The tokens that expire on the earliest day to come, unless they are spent before; None if none do."""
    now, first, tokens = timezone.now(), None, 0
    for lot in left_of_lots(user_id):  # the soonest to expire come first
        if lot.expires_at is None:
            break
        if not lot.tokens or lot.expires_at <= now:
            continue
        first = first or lot.expires_at
        if lot.expires_at.astimezone(UTC).date() > first.astimezone(UTC).date():
            break
        tokens += lot.tokens
    return Expiring(tokens, first) if first else None


def on_the_way(user_id: int) -> int:
    """The tokens of bank payments that aren't confirmed yet."""
    waiting = Purchase.objects.for_user(user_id).filter(status=Purchase.Status.PROCESSING)
    return waiting.aggregate(tokens=Sum("tokens"))["tokens"] or 0
