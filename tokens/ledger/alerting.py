"""What a wallet says of alerts: which balances are low and untold, that they are told, and the customer's threshold."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import F, Q, QuerySet

from tokens import rows
from tokens.ledger.wallet import lock_wallet
from tokens.models import Told, Wallet
from tokens.transactions import money_transaction

ONE_A_DAY = timedelta(days=1)
IS_EMPTY = Q(frozen__gte=F("balance"))


def low_and_untold(now: datetime) -> QuerySet[Wallet]:
    """The wallets whose balance has become low or empty and whose customers may be told now."""
    before = now - ONE_A_DAY
    # What is later than now was told by a clock that was ahead.
    empty = IS_EMPTY & (Q(empty_told_at=None) | Q(empty_told_at__lte=before) | Q(empty_told_at__gt=now))
    low = ~IS_EMPTY & (Q(low_told_at=None) | Q(low_told_at__lte=before) | Q(low_told_at__gt=now))
    return Wallet.objects.filter(empty | low, is_low=True, blocked_at=None, user__is_active=True).order_by()


def note_told(wallet: Wallet, now: datetime) -> Wallet:
    """Note that the customer is told, in the caller's transaction, with the wallet locked."""
    is_empty = wallet.balance <= wallet.frozen
    wallet.told = Told.EMPTY if is_empty else Told.LOW
    if is_empty:
        wallet.empty_told_at = now
    else:
        wallet.low_told_at = now
    rows.update(wallet, "told", "low_told_at", "empty_told_at")
    return wallet


@money_transaction
def choose_threshold(user_id: int, below: int) -> Wallet:
    """From now on fewer available tokens than `below` are a low balance; 0 for never. A balance that is so already is
    no news."""
    wallet = lock_wallet(user_id)
    wallet.alert_below, wallet.alert_is_chosen = below, True
    available = wallet.balance - wallet.frozen
    if available <= 0:
        wallet.told = Told.EMPTY
    else:
        wallet.told = Told.NOTHING if available >= below else max(wallet.told, Told.LOW)
    rows.update(wallet, "alert_below", "alert_is_chosen", "told")
    return wallet
