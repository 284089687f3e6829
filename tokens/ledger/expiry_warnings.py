"""When customers are told that tokens expire: 30, 7 and 1 days before, by a column of the lot.

What would be told within two days after the tokens came in is left out: how long they last was said then.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from django.db.models import QuerySet

from tokens.models import Lot, Wallet

DAYS_BEFORE = (30, 7, 1)
NOT_BEFORE = timedelta(days=2)


def expect_warnings(lot: Lot, now: datetime) -> None:
    """Set when a new lot's customer is told first. The caller writes the lot."""
    lot.warn_at = _next(lot, now + NOT_BEFORE)


def to_warn_of(now: datetime, *, at_most: int = 1000) -> QuerySet[Wallet]:
    """Wallets with lots whose customers are to be told now."""
    due = Lot.objects.filter(warn_at__lte=now).values("wallet")
    return Wallet.objects.filter(pk__in=due).select_related("user")[:at_most]


def expect_missing(user_id: int, now: datetime) -> None:
    """Set it for lots that code from before warnings has made."""
    lots = list(Lot.objects.filter(wallet=user_id, warn_at=None, expires_at__gt=now).open())
    for lot in lots:
        lot.warn_at = _next(lot, max(now, lot.created_at + NOT_BEFORE))
    Lot.objects.bulk_update([lot for lot in lots if lot.warn_at], ["warn_at"])


def note_warned(user_id: int, now: datetime) -> list[tuple[date, int]]:
    """Note that the owner of a locked wallet is told now: each day on which tokens expire, and in how many days."""
    lots = list(Lot.objects.filter(wallet=user_id, warn_at__lte=now))
    told = {
        (lot.expires_at.astimezone(UTC).date(), (lot.expires_at - lot.warn_at).days)
        for lot in lots
        if lot.expires_at and lot.warn_at and lot.expires_at > now
    }
    for lot in lots:
        lot.warn_at = _next(lot, now)
    Lot.objects.bulk_update(lots, ["warn_at"])
    return sorted(told)


def _next(lot: Lot, after: datetime) -> datetime | None:
    """None: never again, or it never expires."""
    if lot.expires_at is None:
        return None
    moments = (lot.expires_at - timedelta(days=days) for days in DAYS_BEFORE)
    return next((moment for moment in moments if moment > after), None)
