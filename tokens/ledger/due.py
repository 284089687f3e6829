"""What is due in a wallet: usages to be posted, expired holds and expired lots. Applied when it is next used."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import datetime
from itertools import takewhile

from django.utils import timezone

from accounts import sql
from accounts.api_keys import CallingKey
from accounts.hooks import Hook
from tokens import jobs
from tokens.ledger import lots
from tokens.ledger.posting import post
from tokens.ledger.totals import Spent, count_spent
from tokens.ledger.wallet import lock_existing_wallet, lock_wallet, moment_of, with_caps
from tokens.models import TokenUsage, Wallet
from tokens.transactions import money_transaction

log = logging.getLogger(__name__)

# Who tells the customer that a hold ran out, in the same transaction.
when_hold_expires: Hook[Callable[[TokenUsage, datetime], None]] = Hook()

# All of these or none: the wallet's lock keeps the count true.
CAPTURE_ALL = """
    WITH held AS (SELECT id FROM token_usage WHERE user_id = %s AND status = 'held' AND id IN ({ids}))
    UPDATE token_usage SET status = 'spent', balance_after = %s, ended_at = %s
    WHERE id IN (SELECT id FROM held) AND (SELECT COUNT(*) FROM held) = %s
    RETURNING id, action, coalesce(api_key, 0), tokens_spent, quantity
"""
END = """
    UPDATE token_usage SET status = %s, tokens_spent = %s, reason = %s, balance_after = %s, ended_at = %s WHERE id = %s
"""


def open_wallet(user_id: int, now: datetime, key: CallingKey | None = None) -> Wallet:
    """The user's wallet, locked, with everything posted and what is due at `now` applied. Call it in a transaction.

    A user who never had tokens gets an unsaved wallet with balance 0. `key` is the API key that asks, whose caps count.
    """
    return with_caps(_opened(lock_existing_wallet(user_id), now), key)


def open_or_make_wallet(user_id: int, now: datetime, key: CallingKey | None = None) -> Wallet:
    """As `open_wallet`, but a user who never had tokens gets a wallet.

    For tokens that come in: a hold that ran out before they came repays its debts before they do.
    """
    return with_caps(_opened(lock_wallet(user_id), now), key)


def end_hold(wallet: Wallet, usage: TokenUsage, *, spent: int, reason: TokenUsage.Reason | None, now: datetime) -> None:
    """Turn a hold into a spend of `spent` tokens, or, with a reason, into a release; the rest returns to its lots.

    The wallet is locked, and the usage is still held.
    """
    lots.give_back(wallet, usage, tokens=usage.tokens_spent - spent, now=now)
    usage.status = TokenUsage.Status.RELEASED if reason else TokenUsage.Status.SPENT
    usage.tokens_spent, usage.reason, usage.balance_after = spent, reason or "", wallet.balance
    usage.ended_at = _ended(wallet, now)
    sql.run(END, [usage.status, spent, usage.reason, wallet.balance, usage.ended_at, usage.pk])
    if spent:
        count_spent(wallet.pk, [Spent(usage.ended_at.date(), usage.action, usage.api_key or 0, spent, usage.quantity)])


def capture_all(wallet: Wallet, ids: Sequence[int], *, now: datetime) -> int:
    """Turn several holds into spends of all that each holds, in three statements; the tokens spent.

    The wallet is locked. 0: one of them is not held any more, and nothing has changed.
    """
    if not ids:
        return 0
    marks = sql.marks(ids)
    ended_at = _ended(wallet, now)
    params = [wallet.pk, *ids, wallet.balance, ended_at, len(ids)]
    spent = [Spent(ended_at.date(), *row[1:]) for row in sql.run(CAPTURE_ALL.format(ids=marks), params)]
    if not spent:
        return 0
    tokens = sum(each.tokens for each in spent)
    count_spent(wallet.pk, spent)
    lots.count_off_held(wallet, tokens)
    return tokens


def apply_due_everywhere(*, at_most: int = 1000) -> int:
    """Apply what is due in wallets that nobody has used since; how many wallets had something."""
    now = timezone.now()
    due = Wallet.objects.filter(due_at__lte=now).order_by("due_at").values_list("pk", flat=True)[:at_most]
    before_the_end = takewhile(lambda _: not jobs.stopping.is_set(), list(due))
    return sum(_open_if_possible(user_id, now) for user_id in before_the_end)


def _open_if_possible(user_id: int, now: datetime) -> bool:
    try:
        return _open_due(user_id, now)
    except Exception:  # one wallet whose books disagree stops no other
        log.exception("What is due in the wallet of user %s could not be applied", user_id)
        return False


@money_transaction
def _open_due(user_id: int, now: datetime) -> bool:
    wallet = lock_wallet(user_id)
    post(wallet)
    now = moment_of(wallet, now)
    if wallet.due_at is None or wallet.due_at > now:
        return False
    _apply(wallet, now)
    return True


def _opened(wallet: Wallet, now: datetime) -> Wallet:
    post(wallet)
    while wallet.due_at and wallet.due_at <= (now := moment_of(wallet, now)):
        _apply(wallet, now)  # which takes time, so that something else may be due by then
    return wallet


def _apply(wallet: Wallet, now: datetime) -> None:
    for usage in TokenUsage.objects.for_user(wallet.pk).held().filter(expires_at__lte=now).order_by("id"):
        end_hold(wallet, usage, spent=0, reason=TokenUsage.Reason.EXPIRED, now=now)
        for tell in when_hold_expires:
            tell(usage, now)
    lots.expire_lots(wallet, now)
    lots.note_next_due(wallet)


def _ended(wallet: Wallet, now: datetime) -> datetime:
    """When a hold ends that ends now: in an hour that is open, as reports count its capture in that hour."""
    return max(now, wallet.closed_until) if wallet.closed_until else now
