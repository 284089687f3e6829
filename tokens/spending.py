"""Spending tokens, and reading how many there are.

A spend and what it pays for commit together: call `spend` inside the transaction that does the work.
"""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import AbstractBaseUser

from tokens import ledger
from tokens.catalog import get_catalog
from tokens.errors import InsufficientTokens
from tokens.idempotency import answer_once, fingerprint
from tokens.models import TokenUsage, Wallet
from tokens.transactions import money_transaction


def read_wallet(user_id: int) -> Wallet:
    """The cached figures of one user's wallet, in one statement; a user who never had tokens reads as 0."""
    return Wallet.objects.filter(pk=user_id).first() or Wallet(user_id=user_id)


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
    cost = get_catalog().cost(action)
    metadata = metadata or {}
    if idempotency_key is None:
        return _burn(user_id, action, cost.tokens, metadata)
    return _burn_once(user_id, action, cost.tokens, metadata, idempotency_key)


@money_transaction
def _burn(user_id: int, action: str, tokens: int, metadata: dict[str, Any]) -> TokenUsage:
    wallet = ledger.lock_existing_wallet(user_id)
    ledger.require_available(wallet, tokens)
    usage = TokenUsage.objects.create(user_id=user_id, action=action, tokens_spent=tokens, metadata=metadata)
    ledger.burn(wallet, usage)
    usage.balance_after = wallet.balance
    return usage


@money_transaction
def _burn_once(user_id: int, action: str, tokens: int, metadata: dict[str, Any], key: str) -> TokenUsage:
    fresh: list[TokenUsage] = []

    def work() -> int:
        fresh.append(_burn(user_id, action, tokens, metadata))
        return fresh[0].pk

    answer = answer_once(user_id, key, request=fingerprint("spend", action, metadata), work=work)
    return fresh[0] if fresh else TokenUsage.objects.get(pk=answer.body)
