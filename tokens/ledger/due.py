"""What is due in a wallet: expired holds and expired lots. Applied whenever the wallet is next used."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime

from django.utils import timezone

from tokens.ledger import running_totals, writer
from tokens.models import TokenUsage, Wallet
from tokens.transactions import money_transaction

log = logging.getLogger(__name__)

# All of these or none: the wallet's lock keeps the count true.
CAPTURE_ALL = """
    WITH held AS (SELECT id FROM token_usage WHERE user_id = %s AND status = 'held' AND id IN ({ids}))
    UPDATE token_usage SET status = 'spent', balance_after = %s, ended_at = %s
    WHERE id IN (SELECT id FROM held) AND (SELECT COUNT(*) FROM held) = %s
    RETURNING id, action, tokens_spent
"""


def open_wallet(user_id: int, now: datetime) -> Wallet:
    """The user's wallet, locked, with everything that is due at `now` applied. Call it inside a transaction.

    A user who never had tokens gets an unsaved wallet with balance 0.
    """
    return _opened(writer.lock_existing_wallet(user_id), now)


def open_or_make_wallet(user_id: int, now: datetime) -> Wallet:
    """As `open_wallet`, but a user who never had tokens gets a wallet.

    For tokens that come in: a hold that ran out before they came repays its debts before they do.
    """
    return _opened(writer.lock_wallet(user_id), now)


def moment_of(wallet: Wallet, now: datetime) -> datetime:
    """`now`, or the wallet's last change if that was later: before the lock was had, or by a clock that is ahead.

    So time never goes backwards for a wallet, and what has expired stays expired.
    """
    return max(now, wallet.updated_at) if wallet.updated_at else now


def end_hold(wallet: Wallet, usage: TokenUsage, *, spent: int, reason: TokenUsage.Reason | None, now: datetime) -> None:
    """Turn a hold into a spend of `spent` tokens, or, with a reason, into a release; the rest returns to its lots.

    The wallet is locked, and the usage is still held.
    """
    writer.give_back(wallet, usage, tokens=usage.tokens_spent - spent, now=now)
    usage.status = TokenUsage.Status.RELEASED if reason else TokenUsage.Status.SPENT
    usage.tokens_spent, usage.reason, usage.balance_after = spent, reason or "", wallet.balance
    usage.ended_at = now
    usage.save(update_fields=["status", "tokens_spent", "reason", "balance_after", "ended_at"])
    if spent:
        running_totals.count_spent(wallet.pk, [usage])


def capture_all(wallet: Wallet, ids: Sequence[int], *, now: datetime) -> int:
    """Turn several holds into spends of all that each holds, in three statements; the tokens spent.

    The wallet is locked. 0: one of them is not held any more, and nothing has changed.
    """
    marks = ", ".join(["%s"] * len(ids))
    params = [wallet.pk, *ids, wallet.balance, now, len(ids)]
    usages = list(TokenUsage.objects.raw(CAPTURE_ALL.format(ids=marks), params))
    if not usages:
        return 0
    tokens = sum(usage.tokens_spent for usage in usages)
    running_totals.count_spent(wallet.pk, usages)
    writer.count_off_held(wallet, tokens)
    return tokens


def apply_due_everywhere(*, at_most: int = 1000) -> int:
    """Apply what is due in wallets that nobody has used since; how many wallets had something."""
    now = timezone.now()
    due = Wallet.objects.filter(due_at__lte=now).order_by("due_at").values_list("pk", flat=True)[:at_most]
    return sum(_open_if_possible(user_id, now) for user_id in list(due))


def _open_if_possible(user_id: int, now: datetime) -> bool:
    try:
        return _open_due(user_id, now)
    except Exception:  # one wallet whose books disagree stops no other
        log.exception("What is due in the wallet of user %s could not be applied", user_id)
        return False


@money_transaction
def _open_due(user_id: int, now: datetime) -> bool:
    wallet = writer.lock_wallet(user_id)
    now = moment_of(wallet, now)
    if wallet.due_at is None or wallet.due_at > now:
        return False
    _apply(wallet, now)
    return True


def _opened(wallet: Wallet, now: datetime) -> Wallet:
    now = moment_of(wallet, now)
    if wallet.due_at and wallet.due_at <= now:
        _apply(wallet, now)
    return wallet


def _apply(wallet: Wallet, now: datetime) -> None:
    for usage in TokenUsage.objects.for_user(wallet.pk).held().filter(expires_at__lte=now).order_by("id"):
        end_hold(wallet, usage, spent=0, reason=TokenUsage.Reason.EXPIRED, now=now)
    writer.expire_lots(wallet, now)
    writer.note_next_due(wallet)
