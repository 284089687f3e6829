"""What a wallet says of alerts: which balances are low and untold, that they are told, and the customer's threshold."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import F, Q

from tokens import rows
from tokens.ledger.wallet import lock_wallet
from tokens.models import Told, Wallet
from tokens.transactions import money_transaction

ONE_A_DAY = timedelta(days=1)
IS_EMPTY = Q(frozen__gte=F("balance"))


def low_and_untold(now: datetime) -> int | None:
    """A user whose balance has become low or empty and who may be told now; None if there is nobody."""
    before = now - ONE_A_DAY
    empty = IS_EMPTY & (Q(empty_told_at=None) | Q(empty_told_at__lte=before))
    low = ~IS_EMPTY & (Q(low_told_at=None) | Q(low_told_at__lte=before))
    return Wallet.objects.filter(empty | low, is_low=True).values_list("pk", flat=True).first()


def note_told(user_id: int, now: datetime) -> Wallet | None:
    """Note that the customer is told, in the caller's transaction: the wallet, None if there is nothing to tell now."""
    wallet = lock_wallet(user_id)
    if not wallet.is_low:
        return None
    is_empty = wallet.balance <= wallet.frozen
    last = wallet.empty_told_at if is_empty else wallet.low_told_at
    if last and last > now - ONE_A_DAY:
        return None
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
    if 0 < available < below:
        wallet.told = max(wallet.told, Told.LOW)
    elif available >= below and available > 0:
        wallet.told = Told.NOTHING
    rows.update(wallet, "alert_below", "alert_is_chosen", "told")
    return wallet
