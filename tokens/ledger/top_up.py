"""What the wallet knows of automatic top-up: below how many tokens it is due, and whether it is armed.

It is due once for a crossing: what begins a top-up disarms it, and `tokens.ledger.wallet.keep` arms it again as soon as
there are as many tokens as the threshold. Every function takes a locked wallet and keeps it.
"""

from __future__ import annotations

from tokens.ledger.wallet import keep
from tokens.models import Wallet


def is_due(wallet: Wallet) -> bool:
    """As the column `needs_top_up`, of the wallet at hand."""
    return wallet.top_up_is_armed and is_below(wallet)


def is_below(wallet: Wallet) -> bool:
    """Whether fewer tokens are available than the threshold."""
    return wallet.top_up_below is not None and wallet.balance - wallet.frozen < wallet.top_up_below


def arm(wallet: Wallet, *, below: int) -> None:
    """Top up below so many tokens, from now on: at once where there are fewer already."""
    _set_threshold(wallet, below)
    wallet.top_up_is_armed = True
    keep(wallet)


def change(wallet: Wallet, *, below: int) -> None:
    """Another threshold; it is armed as before."""
    _set_threshold(wallet, below)
    keep(wallet)


def disarm(wallet: Wallet) -> None:
    """Not due again before there are as many tokens as the threshold."""
    wallet.top_up_is_armed = False
    keep(wallet)


def disarm_if_below(wallet: Wallet) -> None:
    """Tokens were taken back, which is no reason to charge anybody. The caller keeps the wallet."""
    if is_below(wallet):
        wallet.top_up_is_armed = False


def switch_off(wallet: Wallet) -> None:
    """Never due."""
    _set_threshold(wallet, None)
    disarm(wallet)


def _set_threshold(wallet: Wallet, below: int | None) -> None:
    wallet.top_up_below = below
    Wallet.objects.filter(pk=wallet.pk).update(top_up_below=below)
