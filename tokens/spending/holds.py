"""Holds: tokens put aside for work that may fail, then captured or released.

Work that cannot be one transaction holds first, captures when it has succeeded, and releases when it has not.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.utils import timezone

from accounts.api_keys import CallingKey
from tokens import rows
from tokens.catalog import Cost, get_catalog
from tokens.errors import CaptureExceedsHold, HoldEnded, UnknownHold
from tokens.idempotency import answer_once, fingerprint
from tokens.ledger import due, lots
from tokens.ledger.due import end_hold, open_wallet
from tokens.ledger.limits import require_spendable
from tokens.ledger.wallet import moment_of
from tokens.models import TokenUsage, Wallet
from tokens.transactions import money_transaction

SHORTEST_HOLD = timedelta(minutes=1)
USUAL_HOLD = timedelta(hours=1)
LONGEST_HOLD = timedelta(days=7)


def hold(
    user: AbstractBaseUser | int,
    action: str,
    *,
    tokens: int | None = None,
    expires_in: timedelta = USUAL_HOLD,
    metadata: dict[str, Any] | None = None,
    idempotency_key: str | None = None,
    api_key: CallingKey | None = None,
) -> TokenUsage:
    """Put tokens aside for `action`: what it costs, or `tokens`. They leave the balance at once.

    Unless it is captured or released within `expires_in` (a minute to a week), the hold releases itself.
    `api_key` is the key that asked, whose caps count. Raises UnknownAction, LimitReached, InsufficientTokens, and as
    `spend` for the idempotency key.
    """
    user_id = user if isinstance(user, int) else user.pk
    cost = get_catalog().cost(action)
    asked = fingerprint("hold", action, tokens, expires_in.total_seconds(), metadata or {})
    make = partial(_hold, user_id, cost, tokens=tokens, expires_in=expires_in, metadata=metadata, api_key=api_key)
    if idempotency_key is None:
        return _put_aside(user_id, [make], api_key)[0]
    made: list[TokenUsage] = []

    def work() -> int:
        made[:] = _put_aside(user_id, [make], api_key)
        return made[0].pk

    answer = money_transaction(answer_once)(user_id, idempotency_key, request=asked, work=work)
    pk = answer.body[0] if isinstance(answer.body, list) else answer.body  # as answers were written once
    return rows.get(TokenUsage, pk=pk) if answer.is_replay else made[0]


def hold_many_at(
    user_id: int,
    holds: Sequence[tuple[Cost, int, dict[str, Any]]],
    *,
    expires_in: timedelta = USUAL_HOLD,
    api_key: CallingKey | None = None,
) -> list[TokenUsage]:
    """As `hold` for many (cost, tokens, metadata) at once, all or none: their usages, in the same order.

    For a caller who has read the costs already, before opening a transaction of its own.
    """
    if not holds:
        return []
    make = partial(_hold, user_id, expires_in=expires_in, api_key=api_key)
    makes = [partial(make, cost, tokens=tokens, metadata=about) for cost, tokens, about in holds]
    return _put_aside(user_id, makes, api_key)


@money_transaction
def _put_aside(user_id: int, makes: Sequence[Callable[[], TokenUsage]], api_key: CallingKey | None) -> list[TokenUsage]:
    """Write the usages that are made here, fresh ones if the transaction is run again, and hold their tokens."""
    usages = [make() for make in makes]
    wallet = open_wallet(user_id, timezone.now(), api_key)
    require_spendable(wallet, sum(usage.tokens_spent for usage in usages), timezone.now())
    at, balance = moment_of(wallet, timezone.now()), wallet.balance
    for usage in usages:
        balance -= usage.tokens_spent
        wallet.last_number += 1
        usage.number, usage.balance_after, usage.created_at = wallet.last_number, balance, at
    wallet.posted_number = wallet.last_number  # it leaves its lots at once
    rows.create_all(usages)
    lots.hold(wallet, usages)
    return usages


def _hold(
    user_id: int,
    cost: Cost,
    *,
    tokens: int | None,
    expires_in: timedelta,
    metadata: dict[str, Any] | None,
    api_key: CallingKey | None = None,
) -> TokenUsage:
    if not SHORTEST_HOLD <= expires_in <= LONGEST_HOLD:
        raise ValueError("A hold lasts from one minute to seven days.")
    return TokenUsage(
        user_id=user_id,
        action=cost.key,
        tokens_spent=cost.tokens if tokens is None else tokens,
        metadata=metadata or {},
        api_key=api_key.id if api_key else None,
        status=TokenUsage.Status.HELD,
        expires_at=timezone.now() + expires_in,
    )


def end_holds(wallet: Wallet, tokens_of: dict[int, int]) -> None:
    """Capture several holds of a wallet that the caller has opened: usage id → tokens; 0 releases it.

    Raises HoldEnded when one of them is not held any more, and CaptureExceedsHold; then none has ended.
    """
    now = moment_of(wallet, timezone.now())
    usages = list(TokenUsage.objects.for_user(wallet.pk).filter(pk__in=tokens_of).order_by("pk"))
    for usage in usages:
        if usage.status != TokenUsage.Status.HELD:
            raise HoldEnded(usage)
        if tokens_of[usage.pk] > usage.tokens_spent:
            raise CaptureExceedsHold(held=usage.tokens_spent, wanted=tokens_of[usage.pk])
    for usage in usages:
        spent = tokens_of[usage.pk]
        end_hold(wallet, usage, spent=spent, reason=None if spent else TokenUsage.Reason.CALLER, now=now)


def capture_all(wallet: Wallet, ids: Sequence[int]) -> int:
    """Capture all that several holds of a wallet hold, which the caller has opened; the tokens spent.

    As many statements for many as for one. Raises HoldEnded when one of them is not held any more, UnknownHold when it
    is not of this wallet; then none has ended.
    """
    tokens = due.capture_all(wallet, ids, now=moment_of(wallet, timezone.now()))
    if not tokens:
        usages = TokenUsage.objects.for_user(wallet.pk).filter(pk__in=ids)
        ended = usages.exclude(status=TokenUsage.Status.HELD).first()
        raise HoldEnded(ended) if ended else UnknownHold(f"Not all of {ids} are holds of user {wallet.pk}.")
    return tokens


@money_transaction
def capture(usage: TokenUsage, *, tokens: int | None = None) -> TokenUsage:
    """Spend a hold: all of it, or the first `tokens` in burn order; the rest returns to its lots.

    Once captured, capturing as many again changes nothing. Raises CaptureExceedsHold; HoldEnded when it was released,
    expired, or captured with another number.
    """
    usage, wallet, now = _open_hold(usage)
    wanted = usage.tokens_spent if tokens is None else tokens
    if usage.status == TokenUsage.Status.SPENT and wanted == usage.tokens_spent:
        return usage
    if usage.status != TokenUsage.Status.HELD:
        raise HoldEnded(usage)
    if not 1 <= wanted <= usage.tokens_spent:
        raise CaptureExceedsHold(held=usage.tokens_spent, wanted=wanted)
    end_hold(wallet, usage, spent=wanted, reason=None, now=now)
    return usage


@money_transaction
def release(usage: TokenUsage) -> TokenUsage:
    """Give a hold's tokens back. Once released, by whatever way, releasing again changes nothing.

    Raises HoldEnded when it was captured.
    """
    usage, wallet, now = _open_hold(usage)
    if usage.status == TokenUsage.Status.SPENT:
        raise HoldEnded(usage)
    if usage.status == TokenUsage.Status.HELD:
        end_hold(wallet, usage, spent=0, reason=TokenUsage.Reason.CALLER, now=now)
    return usage


def _open_hold(usage: TokenUsage) -> tuple[TokenUsage, Wallet, Any]:
    """The hold as it is under its wallet's lock, after what is due: one of capture, release and expiry wins."""
    wallet = open_wallet(usage.user_id, timezone.now())
    now = moment_of(wallet, timezone.now())
    current = rows.get(TokenUsage, pk=usage.pk)
    if current.expires_at is None:
        raise UnknownHold(f"Usage {usage.pk} was spent at once; it is no hold.")
    return current, wallet, now
