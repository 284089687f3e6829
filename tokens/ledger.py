"""The only writer of wallets, lots and entries.

Every function here runs inside a transaction and starts from a locked wallet, which it keeps up to date:
wallet.balance = Σ entries = Σ lots' remaining, before and after.
"""

from __future__ import annotations

from collections.abc import Iterator

from tokens.errors import InsufficientTokens
from tokens.models import LedgerEntry, Lot, Purchase, TokenUsage, Wallet

# A spend rarely crosses lots; a wallet with very many open ones is still read in few statements.
LOTS_AT_A_TIME = 100


def lock_wallet(user_id: int) -> Wallet:
    """The user's wallet, locked until the transaction ends; made if this is its first locked use."""
    locked = Wallet.objects.select_for_update()
    wallet = locked.filter(pk=user_id).first()
    if wallet is None:
        Wallet.objects.bulk_create([Wallet(user_id=user_id)], ignore_conflicts=True)
        wallet = locked.get(pk=user_id)
    return wallet


def lock_existing_wallet(user_id: int) -> Wallet:
    """As `lock_wallet`, but a user who has none gets an unsaved one with balance 0 (nothing could be taken from it)."""
    return Wallet.objects.select_for_update().filter(pk=user_id).first() or Wallet(user_id=user_id)


def credit_purchase(wallet: Wallet, purchase: Purchase, *, paid_cents: int) -> Lot:
    """Put a paid purchase's tokens in a lot of their own that never expires; `paid_cents` is for the whole lot.

    A second credit of the same purchase is an IntegrityError.
    """
    lot = Lot.objects.create(
        wallet=wallet,
        purchase=purchase,
        tokens=purchase.tokens,
        remaining=purchase.tokens,
        paid_cents=paid_cents,
        currency=purchase.currency,
    )
    wallet.balance += purchase.tokens
    LedgerEntry.objects.create(
        wallet=wallet,
        lot=lot,
        kind=LedgerEntry.Kind.CREDIT,
        tokens=purchase.tokens,
        balance_after=wallet.balance,
        purchase=purchase,
    )
    wallet.save(update_fields=["balance", "updated_at"])
    return lot


def burn(wallet: Wallet, usage: TokenUsage) -> None:
    """Take a usage's tokens from the wallet's lots in burn order. Raises InsufficientTokens; then nothing changed."""
    require_available(wallet, usage.tokens_spent)
    touched: list[Lot] = []
    entries: list[LedgerEntry] = []
    missing = usage.tokens_spent
    for lot in _spendable_lots(wallet):
        taken = min(lot.remaining, missing)
        lot.remaining -= taken
        wallet.balance -= taken
        missing -= taken
        touched.append(lot)
        entries.append(
            LedgerEntry(
                wallet=wallet,
                lot=lot,
                kind=LedgerEntry.Kind.SPEND,
                tokens=-taken,
                balance_after=wallet.balance,
                usage=usage,
            )
        )
        if not missing:
            break
    Lot.objects.bulk_update(touched, ["remaining"])
    LedgerEntry.objects.bulk_create(entries)
    wallet.save(update_fields=["balance", "updated_at"])


def require_available(wallet: Wallet, tokens: int) -> None:
    """Raises InsufficientTokens unless the wallet may spend so many."""
    if wallet.available < tokens:
        raise InsufficientTokens(required=tokens, balance=wallet.balance, available=wallet.available)


def _spendable_lots(wallet: Wallet) -> Iterator[Lot]:
    lots = Lot.objects.filter(wallet=wallet).spendable().in_burn_order()
    start = 0
    while page := list(lots[start : start + LOTS_AT_A_TIME]):
        yield from page
        start += LOTS_AT_A_TIME
