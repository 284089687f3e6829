"""Spending tokens at once.

A spend and what it pays for commit together: call `spend` inside the transaction that does the work. Work that cannot
be one transaction puts tokens on hold first (holds.py).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib.auth.models import AbstractBaseUser
from django.db import connection
from django.utils import timezone

from accounts.api_keys import CallingKey
from tokens import rows
from tokens.catalog import Catalog, Cost, get_catalog, last_catalog
from tokens.errors import BooksDisagree, InsufficientTokens, KeyReused, TooManySpends, UnknownAction
from tokens.idempotency import digest, fingerprint
from tokens.ledger.due import open_wallet
from tokens.ledger.limits import require_spendable
from tokens.ledger.rates import Rate, count_call
from tokens.ledger.spend import LARGEST, Asked, KeyUsed, Line, PriceChanged, charge
from tokens.ledger.wallet import lock_existing_wallet, lock_wallet, moment_of, read_wallet
from tokens.models import TokenUsage
from tokens.transactions import money_transaction

Lines = Callable[[Catalog], list[Line]]

TRIES = 5


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
    quantity: int = 1,
    metadata: dict[str, Any] | None = None,
    idempotency_key: str | None = None,
) -> TokenUsage:
    """Spend what `action` costs now, `quantity` times, and return the usage with its `balance_after`.

    `user` is a user or its id. `idempotency_key` (up to 255 characters) makes the call repeatable: the same key
    and request return the first usage, the same key with another request raises KeyReused. Raises UnknownAction;
    InsufficientTokens, after which nothing has changed.
    """
    user_id = user if isinstance(user, int) else user.pk
    return spend_once(user_id, action, quantity=quantity, metadata=metadata, key=idempotency_key).usage


@dataclass(frozen=True)
class Spent:
    """The usages of a call; `is_replay` when its key had been used for it before, and nothing was spent now."""

    usages: list[TokenUsage]
    is_replay: bool = False

    @property
    def usage(self) -> TokenUsage:
        """The only usage of a call for one."""
        return self.usages[0]


def spend_once(
    user_id: int,
    action: str,
    *,
    quantity: int = 1,
    metadata: dict[str, Any] | None = None,
    key: str | None = None,
    rate: Rate | None = None,
    api_key: CallingKey | None = None,
) -> Spent:
    """As `spend`; a call that counts against `rate` may raise TooManySpends, after which nothing has changed.

    `api_key` is the key that asked, whose caps count: KeyLimitReached.
    """
    item = action, quantity, metadata or {}
    return _spend(user_id, [item], asked=_asked(key, lambda: request_of(*item), api_key), rate=rate)


def request_of(action: str, quantity: int, metadata: dict[str, Any]) -> UUID:
    """The digest of a request for one spend, to tell whether a key is used for the same again."""
    request = ("spend", action, metadata) if quantity == 1 else ("spend", action, metadata, quantity)
    return _digest_of(*request)


def spend_items(
    user_id: int,
    items: Sequence[tuple[str, int, dict[str, Any]]],
    *,
    key: str | None = None,
    rate: Rate | None = None,
    api_key: CallingKey | None = None,
) -> Spent:
    """Spend on all (action, quantity, metadata) or none; `key` names the whole call, which counts once for `rate`."""
    request = (
        "spend_many",
        *((action, about) if times == 1 else (action, about, times) for action, times, about in items),
    )
    return _spend(user_id, items, asked=_asked(key, lambda: _digest_of(*request), api_key), rate=rate)


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
    items = [(action, 1, metadata or {}) for action, metadata in spends]
    return spend_items(user_id, items, key=idempotency_key).usages


def spend_at(
    user_id: int, cost: Cost, *, metadata: dict[str, Any] | None = None, api_key: CallingKey | None = None
) -> TokenUsage:
    """As `spend`, for a caller who has read the cost already, before opening a transaction of its own."""
    lines, asked = [Line(cost.key, cost.tokens, metadata=metadata or {})], Asked(api_key=api_key)
    usages = charge(user_id, lines, at=timezone.now(), asked=asked)
    return (usages or _decide(user_id, lambda _: lines, asked=asked).usages)[0]


def _asked(key: str | None, request: Callable[[], UUID], api_key: CallingKey | None) -> Asked:
    return Asked(api_key=api_key) if key is None else Asked(digest(key), request(), api_key)


def _digest_of(*request: Any) -> UUID:
    return UUID(hex=fingerprint(*request)[:32])


def _spend(
    user_id: int, items: Sequence[tuple[str, int, dict[str, Any]]], *, asked: Asked, rate: Rate | None = None
) -> Spent:
    """Spend on all (action, quantity, metadata) or none.

    The price known last is charged, and the database compares it as it does. Inside a caller's transaction, which a
    refusal of the database would break, price and key are read first.
    """

    def lines(catalog: Catalog) -> list[Line]:
        return [
            Line(action, catalog.cost(action).tokens * quantity, quantity, metadata)
            for action, quantity, metadata in items
        ]

    if any(quantity < 1 for _, quantity, _ in items):
        raise ValueError("A spend is of at least one action.")
    is_inside = connection.in_atomic_block
    if is_inside and asked.key:
        lock_wallet(user_id)  # made if there is none: two at once have nothing else to wait for each other
        if found := _found(user_id, asked):
            return found
    try:
        prepared = lines(get_catalog() if is_inside else last_catalog())
        usages = None
        if max(line.tokens for line in prepared) <= LARGEST:
            usages = charge(user_id, prepared, at=timezone.now(), asked=asked, rate=rate, prove=not is_inside)
        if usages:
            return Spent(usages)
        if not is_inside:  # by the price of now
            _refuse_at_once(user_id, sum(line.tokens for line in lines(get_catalog())), asked=asked, rate=rate)
    except (PriceChanged, UnknownAction):
        pass  # decided below, by what is there now: replays before prices
    except (KeyUsed, InsufficientTokens, TooManySpends):
        if asked.key is None or not (found := _found(user_id, asked)):
            raise
        return found
    return _decide(user_id, lines, asked=asked, rate=rate)


def _refuse_at_once(user_id: int, tokens: int, *, asked: Asked, rate: Rate | None) -> None:
    """Raises TooManySpends, LimitReached, InsufficientTokens where a look at the wallet is enough: nothing is due."""
    wallet, now = read_wallet(user_id, asked.api_key), timezone.now()
    if wallet.due_at and wallet.due_at <= moment_of(wallet, now):
        return
    if rate:
        count_call(wallet, rate, now)
    require_spendable(wallet, tokens, now)


@money_transaction
def _decide(user_id: int, lines: Lines, *, asked: Asked, rate: Rate | None = None) -> Spent:
    """What is not plain: under the wallet's lock, with everything posted and applied that is due."""
    if asked.key:
        lock_existing_wallet(user_id)
        if found := _found(user_id, asked):
            return found
    wanted = lines(get_catalog())
    for _ in range(TRIES):  # something may be due by the time that it is charged
        now = timezone.now()
        wallet = open_wallet(user_id, now, asked.api_key)
        if rate:
            count_call(wallet, rate, now)
        require_spendable(wallet, sum(line.tokens for line in wanted), now)
        if max(line.tokens for line in wanted) > LARGEST:
            raise ValueError(f"A usage is of at most {LARGEST:,} tokens.")
        if usages := charge(user_id, wanted, at=now, asked=asked.within(wallet), rate=rate):
            return Spent(usages)
    raise BooksDisagree(f"The wallet of user {user_id} has enough tokens, and yet nothing could be spent.")


def _found(user_id: int, asked: Asked) -> Spent | None:
    """What the key's first use spent; None if there was none. Raises KeyReused if it asked for something else."""
    first = rows.find(TokenUsage, user_id=user_id, key_digest=asked.key)
    if first is None:
        return None
    if first.request_digest != asked.request:
        raise KeyReused
    if first.batch_size == 1:
        return Spent([first], is_replay=True)
    numbers = first.number, first.number + first.batch_size - 1
    usages = TokenUsage.objects.filter(user_id=user_id, number__range=numbers).order_by("number")
    return Spent(list(usages), is_replay=True)
