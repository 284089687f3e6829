"""Alerts of tokens that expire, and of holds that ran out."""

from __future__ import annotations

from datetime import UTC, datetime

from django.utils import timezone

from tokens.alerts.emails import HOLD_EXPIRED, TOKENS_EXPIRING, expiring_on
from tokens.emails.kinds import put
from tokens.in_turn import in_turn
from tokens.ledger.due import when_hold_expires
from tokens.ledger.expiry_warnings import note_warned, to_warn_of
from tokens.ledger.wallet import lock_wallet
from tokens.models import TokenUsage, Wallet
from tokens.transactions import money_transaction


def warn_of_expiring() -> int:
    """Tell every customer some of whose tokens expire in so many days as they are told before; how many."""
    now = timezone.now()
    return in_turn("Expiring tokens", to_warn_of(now), lambda wallet: _warn(wallet, now))


@money_transaction
def _warn(wallet: Wallet, now: datetime) -> bool:
    lock_wallet(wallet.pk)
    told = False
    for day, days in note_warned(wallet.pk, now):
        if wallet.user.is_active and expiring_on(wallet.pk, day):
            put(wallet.pk, TOKENS_EXPIRING, about=f"tokens_expiring:{wallet.pk}:{day}:{days}")
            told = True
    return told


@when_hold_expires
def tell_of_hold(usage: TokenUsage, now: datetime) -> None:
    """In the transaction that released it. The first of a day is told, with those that ran out with it."""
    put(usage.user_id, HOLD_EXPIRED, about=f"hold_expired:{usage.user_id}:{now.astimezone(UTC).date()}")
