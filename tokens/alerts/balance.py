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
    now = timezone.now()
    user_id = low_and_untold(now)
    if user_id is None:
        return False
    _tell(user_id, now)
    return True


@money_transaction
def _tell(user_id: int, now: datetime) -> None:
    """At once with the note that it was told, so that it is told once however many look."""
    if wallet := note_told(user_id, now):
        kind = BALANCE_EMPTY if wallet.told == Told.EMPTY else BALANCE_LOW
        put(user_id, kind, about=f"{kind.key}:{user_id}:{now.isoformat()}")
