"""Many spends in one call, all or none, where the call has a key or each spend has its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.utils import timezone

from accounts.api_keys import CallingKey
from tokens.catalog import get_catalog
from tokens.errors import BooksDisagree, KeyReused
from tokens.idempotency import digest
from tokens.ledger.due import open_wallet
from tokens.ledger.limits import require_spendable
from tokens.ledger.rates import Rate, count_call
from tokens.ledger.spend import Asked, Line, charge
from tokens.ledger.wallet import lock_wallet
from tokens.models import TokenUsage
from tokens.spending.spends import TRIES, Spent, request_of, spend_items
from tokens.transactions import money_transaction


@dataclass(frozen=True)
class Item:
    """One spend of many; `key` is its own idempotency key."""

    action: str
    quantity: int = 1
    metadata: dict[str, Any] = field(default_factory=dict)
    key: str | None = None


def spend_batch(
    user_id: int,
    items: Sequence[Item],
    *,
    key: str | None = None,
    rate: Rate | None = None,
    api_key: CallingKey | None = None,
) -> Spent:
    """Spend on all items or on none; the usages stand in the same order.

    Either `key` names the whole call, or each item has its own: those whose key was used before are not charged again,
    and stand among the others as they were. Two items of one key are KeyReused, and so is a key that was used for
    something else. Raises as `spend_once`.
    """
    if not any(item.key for item in items):
        plain = [(item.action, item.quantity, item.metadata) for item in items]
        return spend_items(user_id, plain, key=key, rate=rate, api_key=api_key)
    digests = [digest(item.key or "") for item in items]
    if len({*digests}) < len(digests):
        raise KeyReused("Two of these spends have the same key. Give each a key of its own.")
    return _spend_the_new(user_id, items, digests, rate=rate, api_key=api_key)


@money_transaction
def _spend_the_new(
    user_id: int, items: Sequence[Item], digests: Sequence[UUID], *, rate: Rate | None, api_key: CallingKey | None
) -> Spent:
    """Under the lock of the wallet, for which whoever uses one of these keys waits too."""
    lock_wallet(user_id)
    there = {usage.key_digest: usage for usage in TokenUsage.objects.filter(user=user_id, key_digest__in=digests)}
    catalog, new = get_catalog(), []
    for item, name in zip(items, digests, strict=True):
        request = request_of(item.action, item.quantity, item.metadata)
        if name not in there:
            tokens = catalog.cost(item.action).tokens * item.quantity
            new.append(Line(item.action, tokens, item.quantity, item.metadata, name, request))
        elif there[name].request_digest != request:
            raise KeyReused
    if new:
        there |= {usage.key_digest: usage for usage in _charge(user_id, new, rate=rate, api_key=api_key)}
    return Spent([there[name] for name in digests], is_replay=not new)


def _charge(user_id: int, lines: Sequence[Line], *, rate: Rate | None, api_key: CallingKey | None) -> list[TokenUsage]:
    asked = Asked(api_key=api_key)
    for _ in range(TRIES):  # something may be due by the time that it is charged
        now = timezone.now()
        wallet = open_wallet(user_id, now, api_key)
        if rate:
            count_call(wallet, rate, now)
        require_spendable(wallet, sum(line.tokens for line in lines), now)
        if usages := charge(user_id, lines, at=now, asked=asked.within(wallet), rate=rate):
            return usages
    raise BooksDisagree(f"The wallet of user {user_id} has enough tokens, and yet nothing could be spent.")
