"""Alerts of a low and of an empty balance: looked for every second, in an index that has only such wallets."""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone

from tokens import jobs
from tokens.alerts.emails import BALANCE_EMPTY, BALANCE_LOW
from tokens.emails.kinds import put
from tokens.ledger.alerting import low_and_untold, note_told
from tokens.models import Told
from tokens.transactions import money_transaction


@jobs.works("customers told of a low balance")
def tell_next() -> bool:
    """Tell one customer; whether there was one."""
    return _tell_one(timezone.now())


@money_transaction
def _tell_one(now: datetime) -> bool:
    """At once with the note that it was told, so that it is told once however many look; nobody waits for another."""
    wallet = low_and_untold(now).select_for_update(skip_locked=True, no_key=True).first()
    if wallet is None:
        return False
    note_told(wallet, now)
    kind = BALANCE_EMPTY if wallet.told == Told.EMPTY else BALANCE_LOW
    put(wallet.pk, kind, about=f"{kind.key}:{wallet.pk}:{now.isoformat()}")
    return True
