"""Posting: what was spent is taken out of the lots, many usages at once.

A plain spend lowers the balance and writes its usage, and touches no lot. Everything else posts first, so it sees lots
as if each spend had burned them at once. What nobody posts that way is posted by the worker: after a minute, or when
there is much of it.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import F, Q
from django.utils import timezone

from accounts import sql
from tokens.errors import BooksDisagree
from tokens.jobs import works
from tokens.ledger.burning import burned, spendable_lots
from tokens.ledger.hours import open_hour
from tokens.ledger.lots import take_spent
from tokens.ledger.totals import Spent, count_spent
from tokens.ledger.wallet import keep, lock_wallet
from tokens.models import Wallet
from tokens.transactions import money_transaction

log = logging.getLogger(__name__)

POSTED_AFTER = timedelta(minutes=1)
POSTED_AT = 1000  # usages
AT_ONCE = 100
SUMS = """
    SELECT {hour}, action, coalesce(api_key, 0), min(number), max(number), sum(tokens_spent), sum(quantity)
    FROM token_usage WHERE user_id = %s AND number > %s GROUP BY 1, 2, 3 ORDER BY 4
"""
HOUR = {"postgresql": "date_trunc('hour', created_at, 'UTC')", "sqlite": "substr(created_at, 1, 13) || ':00:00'"}


def post(wallet: Wallet) -> int:
    """Take what is unposted in a locked wallet out of its lots; how many usages that were."""
    usages = wallet.last_number - wallet.posted_number
    if not usages:
        return 0
    rows = sql.run(SUMS.format(hour=HOUR[connection.vendor]), [wallet.pk, wallet.posted_number])
    hours: dict[datetime, list[Any]] = {}
    for at, *rest in rows:
        hours.setdefault(sql.moment(at), []).append(rest)  # type: ignore[arg-type]
    amounts = [int(sum(tokens for *_, tokens, _ in spent)) for spent in hours.values()]
    if sum(amounts) != wallet.unposted:
        raise BooksDisagree(
            f"Of user {wallet.pk}, {wallet.unposted} tokens are to be posted, but the usages come to {sum(amounts)}."
        )
    moves = burned(spendable_lots(wallet.pk), amounts)
    for (hour, spent), taken in zip(hours.items(), moves, strict=True):
        numbers = min(row[2] for row in spent), max(row[3] for row in spent)
        take_spent(wallet, taken, hour=open_hour(wallet, hour), numbers=numbers)
    count_spent(
        wallet.pk,
        [
            Spent(hour.date(), action, api_key, int(tokens), int(count))
            for hour, spent in hours.items()
            for action, api_key, _, _, tokens, count in spent
        ],
    )
    wallet.posted_number, wallet.unposted_since = wallet.last_number, None
    keep(wallet)
    return usages


@money_transaction
def post_wallet(user_id: int) -> int:
    """Post what one user has spent; how many usages."""
    return post(lock_wallet(user_id))


@works("usages posted")
def post_due() -> bool:
    """Post wallets whose usages have waited for a minute, or are many; whether any was posted.

    One transaction each. A wallet whose books disagree is tried again after another minute or two, and stops no other.
    """
    now = timezone.now()
    waiting = Wallet.objects.filter(unposted_since__lte=now)
    due = waiting.filter(Q(unposted_since__lte=now - POSTED_AFTER) | Q(last_number__gte=F("posted_number") + POSTED_AT))
    users = list(due.order_by("unposted_since").values_list("pk", flat=True)[:AT_ONCE])
    return sum([_post_unless_busy(user_id, now) for user_id in users]) > 0


def _post_unless_busy(user_id: int, now: datetime) -> bool:
    try:
        return _post_if_unlocked(user_id)
    except Exception:
        log.exception("What user %s has spent could not be posted", user_id)
        # Not before that moment, however many usages it has.
        Wallet.objects.filter(pk=user_id, unposted_since__isnull=False).update(unposted_since=now + POSTED_AFTER)
        return False


@money_transaction
def _post_if_unlocked(user_id: int) -> bool:
    if not Wallet.objects.select_for_update(skip_locked=True, no_key=True).filter(pk=user_id).exists():
        return False  # whoever has it posts, or is about to spend; there is a next time
    return post(lock_wallet(user_id)) > 0
