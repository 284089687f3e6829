"""Spending tokens: at once, or by putting them aside first. And reading how many there are.

A spend and what it pays for commit together: call `spend` inside the transaction that does the work. Work that cannot
be one transaction holds first, and captures when it has succeeded.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.db import connection
from django.utils import timezone

from tokens import due, ledger, one_trip
from tokens.catalog import Cost, get_catalog
from tokens.due import end_hold, moment_of, open_wallet
from tokens.errors import CaptureExceedsHold, HoldEnded, InsufficientTokens, UnknownHold
from tokens.idempotency import answer_once, fingerprint
from tokens.models import TokenUsage, Wallet
from tokens.rates import Rate, count_call
from tokens.transactions import money_transaction

WALLET_COLUMNS = [field.attname for field in Wallet._meta.concrete_fields]
READ_WALLET = f"SELECT {', '.join(WALLET_COLUMNS)} FROM wallets WHERE user_id = %s"  # noqa: S608  names of our columns

SHORTEST_HOLD, USUAL_HOLD, LONGEST_HOLD = timedelta(minutes=1), timedelta(hours=1), timedelta(days=7)


def read_wallet(user_id: int) -> Wallet:
    """The cached figures of one user's wallet, in one statement; a user who never had tokens reads as 0.

    Asked by every page and many calls, so PostgreSQL is asked directly: building the query would take longer than it.
    """
    if connection.vendor != "postgresql":
        return Wallet.objects.filter(pk=user_id).first() or Wallet(user_id=user_id)
    with connection.cursor() as cursor:
        cursor.execute(READ_WALLET, [user_id])
        return wallet_of(user_id, cursor.fetchone())


def wallet_of(user_id: int, row: Sequence[Any] | None) -> Wallet:
    """The wallet in a row of WALLET_COLUMNS; the empty one where there is no row, or an outer join found none."""
    return Wallet.from_db(connection.alias, WALLET_COLUMNS, row) if row and row[0] else Wallet(user_id=user_id)


def get_token_balance(user_id: int) -> int:
    """How many tokens remain in all of the user's lots. Below zero after money was taken back for spent tokens."""
    return read_wallet(user_id).balance


def spend_tokens(user_id: int, action: str, metadata: dict[str, Any] | None = None) -> bool:
    """Spend what `action` costs: True, or False when too few tokens are available. Raises UnknownAction."""
    try:
        spend(user_id, action, metadata=metadata)
    except InsufficientTokens:
        return False
    return True


def spend(
    user: AbstractBaseUser | int,
    action: str,
    *,
    metadata: dict[str, Any] | None = None,
    idempotency_key: str | None = None,
) -> TokenUsage:
    """Spend what `action` costs now, and return the usage with its `balance_after`.

    `user` is a user or its id. `idempotency_key` (up to 255 characters) makes the call repeatable: the same key
    and request return the first usage, the same key with another request raises KeyReused. Raises UnknownAction;
    InsufficientTokens, after which nothing has changed.
    """
    user_id = user if isinstance(user, int) else user.pk
    return spend_once(user_id, action, metadata=metadata, key=idempotency_key).usage


@dataclass(frozen=True)
class Spent:
    """A spend's usage; `is_replay` when its key had been used for it before, and nothing was spent now."""

    usage: TokenUsage
    is_replay: bool = False


def spend_once(
    user_id: int,
    action: str,
    *,
    metadata: dict[str, Any] | None = None,
    key: str | None = None,
    rate: Rate | None = None,
) -> Spent:
    """As `spend`; a call that counts against `rate` may raise TooManySpends, after which nothing has changed."""
    metadata = metadata or {}
    asked = spend_fingerprint(action, metadata, key=key)
    if usage := one_trip.spend(user_id, action, metadata=metadata, key=key, asked=asked, rate=rate):
        return Spent(usage)
    cost = get_catalog().cost(action)
    usages, is_replay = _once(user_id, key, asked, lambda: [_usage(user_id, cost, metadata)], rate=rate)
    return Spent(usages[0], is_replay)


def spend_fingerprint(action: str, metadata: dict[str, Any], *, key: str | None) -> str:
    """What `key` is kept with, to be known again; nothing without one."""
    return "" if key is None else fingerprint("spend", action, metadata)


def spend_many(
    user: AbstractBaseUser | int,
    spends: Sequence[tuple[str, dict[str, Any] | None]],
    *,
    idempotency_key: str | None = None,
) -> list[TokenUsage]:
    """Spend on many (action, metadata) at once, all or none: their usages, in the same order.

    It takes as many statements as one spend does. `idempotency_key` names the whole call; errors are those of `spend`.
    """
    if not spends:
        return []
    user_id = user if isinstance(user, int) else user.pk
    items = [(action, metadata or {}) for action, metadata in spends]
    asked = "" if idempotency_key is None else fingerprint("spend_many", *items)
    if usages := one_trip.spend_many(user_id, items, key=idempotency_key, asked=asked):
        return usages
    cost = get_catalog().cost
    costs = [(cost(action), metadata) for action, metadata in items]
    return _once(user_id, idempotency_key, asked, lambda: [_usage(user_id, *each) for each in costs])[0]


def spend_at(user_id: int, cost: Cost, *, metadata: dict[str, Any] | None = None) -> TokenUsage:
    """As `spend`, for a caller who has read the cost already, before opening a transaction of its own."""
    metadata = metadata or {}
    usage = one_trip.spend(user_id, cost.key, tokens=cost.tokens, metadata=metadata)
    return usage or _burn(user_id, lambda: [_usage(user_id, cost, metadata)])[0]


def _usage(user_id: int, cost: Cost, metadata: dict[str, Any]) -> TokenUsage:
    return TokenUsage(user_id=user_id, action=cost.key, tokens_spent=cost.tokens, metadata=metadata)


def hold(
    user: AbstractBaseUser | int,
    action: str,
    *,
    tokens: int | None = None,
    expires_in: timedelta = USUAL_HOLD,
    metadata: dict[str, Any] | None = None,
    idempotency_key: str | None = None,
) -> TokenUsage:
    """Put tokens aside for `action`: what it costs, or `tokens`. They leave the balance at once.

    Unless it is captured or released within `expires_in` (a minute to a week), the hold releases itself.
    Raises UnknownAction, InsufficientTokens, and as `spend` for the key.
    """
    user_id = user if isinstance(user, int) else user.pk
    cost = get_catalog().cost(action)
    asked = fingerprint("hold", action, tokens, expires_in.total_seconds(), metadata or {})
    make = partial(_hold, user_id, cost, tokens=tokens, expires_in=expires_in, metadata=metadata)
    return _once(user_id, idempotency_key, asked, lambda: [make()])[0][0]


def hold_many_at(
    user_id: int, holds: Sequence[tuple[Cost, int, dict[str, Any]]], *, expires_in: timedelta = USUAL_HOLD
) -> list[TokenUsage]:
    """As `hold` for many (cost, tokens, metadata) at once, all or none: their usages, in the same order.

    For a caller who has read the costs already, before opening a transaction of its own.
    """
    make = partial(_hold, user_id, expires_in=expires_in)
    return _burn(user_id, lambda: [make(cost, tokens=tokens, metadata=metadata) for cost, tokens, metadata in holds])


def _hold(
    user_id: int, cost: Cost, *, tokens: int | None, expires_in: timedelta, metadata: dict[str, Any] | None
) -> TokenUsage:
    if not SHORTEST_HOLD <= expires_in <= LONGEST_HOLD:
        raise ValueError("A hold lasts from one minute to seven days.")
    return TokenUsage(
        user_id=user_id,
        action=cost.key,
        tokens_spent=cost.tokens if tokens is None else tokens,
        metadata=metadata or {},
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
    current = TokenUsage.objects.get(pk=usage.pk)
    if current.expires_at is None:
        raise UnknownHold(f"Usage {usage.pk} was spent at once; it is no hold.")
    return current, wallet, now


@money_transaction
def _burn(user_id: int, make: Callable[[], list[TokenUsage]], *, rate: Rate | None = None) -> list[TokenUsage]:
    """Write the usages that `make` returns, fresh ones if the transaction is run again, and take their tokens."""
    usages = make()
    wallet = open_wallet(user_id, timezone.now())
    if rate:
        count_call(wallet, rate, timezone.now())
    ledger.require_available(wallet, sum(usage.tokens_spent for usage in usages))
    balance = wallet.balance
    for usage in usages:
        balance -= usage.tokens_spent
        usage.balance_after = balance
    TokenUsage.objects.bulk_create(usages)
    ledger.burn(wallet, usages)
    return usages


def _once(
    user_id: int, key: str | None, asked: str, make: Callable[[], list[TokenUsage]], *, rate: Rate | None = None
) -> tuple[list[TokenUsage], bool]:
    """The usages that `make` returns, spent or held, or those of the key's first use; and whether it was used."""
    if key is None:
        return _burn(user_id, make, rate=rate), False
    made: list[TokenUsage] = []

    def work() -> list[int]:
        made[:] = _burn(user_id, make, rate=rate)
        return [usage.pk for usage in made]

    answer = money_transaction(answer_once)(user_id, key, request=asked, work=work)
    if not answer.is_replay:
        return made, False
    found = TokenUsage.objects.in_bulk(answer.body)
    return [found[pk] for pk in answer.body], True
