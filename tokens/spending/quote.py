"""What a list of actions would cost, before any of it is done. Nothing changes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils import timezone

from accounts.api_keys import CallingKey
from tokens.catalog import Package, get_catalog
from tokens.ledger import limits
from tokens.ledger.wallet import read_wallet
from tokens.models import Wallet


@dataclass(frozen=True)
class Quote:
    """All figures in tokens; `smallest_package` covers the shortfall, None when nothing is short or no pack helps."""

    total: int
    balance: int
    affordable: bool
    shortfall: int
    smallest_package: Package | None


def quote(user_id: int, items: Iterable[tuple[str, int]], *, api_key: CallingKey | None = None) -> Quote:
    """The price of (action, count) pairs against what the user may spend now, by this key. Raises UnknownAction."""
    catalog = get_catalog()
    return quote_of(sum(catalog.cost(action).tokens * count for action, count in items), read_wallet(user_id, api_key))


def quote_of(total: int, wallet: Wallet) -> Quote:
    """A price in tokens against what may be spent of a wallet now."""
    # A debt is repaid first by whatever is bought.
    shortfall = max(0, total + wallet.debt - wallet.available) if total else 0
    is_limited = bool(total and limits.reached(wallet, total, timezone.now()))  # which no pack would change
    return Quote(
        total=total,
        balance=wallet.balance,
        affordable=shortfall == 0 and not is_limited,
        shortfall=shortfall,
        smallest_package=get_catalog().smallest_package_for(shortfall) if shortfall and not is_limited else None,
    )
