"""Spending tokens at once.

A spend and what it pays for commit together: call `spend` inside the transaction that does the work. Work that cannot
be one transaction puts tokens on hold first (holds.py).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.utils import timezone

from tokens.catalog import Cost, get_catalog
from tokens.errors import InsufficientTokens
from tokens.idempotency import answer_once, fingerprint
from tokens.ledger import writer
from tokens.ledger.due import open_wallet
from tokens.models import TokenUsage
from tokens.spending.rates import Rate, count_call
from tokens.transactions import money_transaction


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
    cost = get_catalog().cost(action)
    usages, is_replay = burn_once(user_id, key, asked, lambda: [_usage(user_id, cost, metadata)], rate=rate)
    return Spent(usages[0], is_replay)


def spend_fingerprint(action: str, metadata: dict[str, Any], *, key: str | None) -> str:
    """Fingerprint stored with the key; empty without a key."""
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
    cost = get_catalog().cost
    costs = [(cost(action), metadata) for action, metadata in items]
    return burn_once(user_id, idempotency_key, asked, lambda: [_usage(user_id, *each) for each in costs])[0]


def spend_at(user_id: int, cost: Cost, *, metadata: dict[str, Any] | None = None) -> TokenUsage:
    """As `spend`, for a caller who has read the cost already, before opening a transaction of its own."""
    metadata = metadata or {}
    return burn(user_id, lambda: [_usage(user_id, cost, metadata)])[0]


def _usage(user_id: int, cost: Cost, metadata: dict[str, Any]) -> TokenUsage:
    return TokenUsage(user_id=user_id, action=cost.key, tokens_spent=cost.tokens, metadata=metadata)


@money_transaction
def burn(user_id: int, make: Callable[[], list[TokenUsage]], *, rate: Rate | None = None) -> list[TokenUsage]:
    """Write the usages that `make` returns, fresh ones if the transaction is run again, and take their tokens."""
    usages = make()
    wallet = open_wallet(user_id, timezone.now())
    if rate:
        count_call(wallet, rate, timezone.now())
    writer.require_available(wallet, sum(usage.tokens_spent for usage in usages))
    balance = wallet.balance
    for usage in usages:
        balance -= usage.tokens_spent
        usage.balance_after = balance
    TokenUsage.objects.bulk_create(usages)
    writer.burn(wallet, usages)
    return usages


def burn_once(
    user_id: int, key: str | None, asked: str, make: Callable[[], list[TokenUsage]], *, rate: Rate | None = None
) -> tuple[list[TokenUsage], bool]:
    """The usages that `make` returns, spent or held, or those of the key's first use; and whether it was used."""
    if key is None:
        return burn(user_id, make, rate=rate), False
    made: list[TokenUsage] = []

    def work() -> list[int]:
        made[:] = burn(user_id, make, rate=rate)
        return [usage.pk for usage in made]

    answer = money_transaction(answer_once)(user_id, key, request=asked, work=work)
    if not answer.is_replay:
        return made, False
    found = TokenUsage.objects.in_bulk(answer.body)
    return [found[pk] for pk in answer.body], True
