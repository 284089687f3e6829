"""Money taken back, and given back again: what a reversal does to its customer's lots and debt.

As `tokens.ledger.lots`, it needs a locked wallet in which everything is posted.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from tokens.ledger import top_up
from tokens.ledger.burning import Moves, spendable_lots
from tokens.ledger.lots import Kind, add_lot, expire, move
from tokens.ledger.wallet import expect, keep
from tokens.models import LedgerEntry, Lot, Reversal, Wallet


def reverse(wallet: Wallet, reversal: Reversal) -> None:
    """Take what a reversal says from the purchase's own lot, then from the others in burn order, then as a debt.

    The reversal is new, and saved here with what it came to.
    """
    own = Lot.objects.get(purchase=reversal.purchase_id)
    missing = reversal.tokens_after - reversal.tokens_before
    moves: Moves = []
    for lot in _own_first(wallet, own):
        taken = min(lot.remaining, missing)
        if taken:
            moves.append((lot, -taken))
            missing -= taken
        if not missing:
            break
    _save(wallet, reversal, debt_made=missing)
    move(wallet, moves, Kind.REVERSE, cause=reversal)
    top_up.disarm_if_below(wallet)
    keep(wallet)


def restore(wallet: Wallet, reversal: Reversal, now: datetime) -> None:
    """Undo earlier reversals of the same purchase: first the debt falls, then tokens return to where they came from.

    To the lots that reversals of this purchase took from, the latest first, at most what each gave. What is left had
    been repaid meanwhile: it comes back as one lot that nobody paid for. In an expired lot, tokens expire.
    """
    tokens = reversal.tokens_before - reversal.tokens_after
    forgiven = min(wallet.debt, tokens)
    _save(wallet, reversal, debt_forgiven=forgiven)
    tokens -= forgiven
    earlier = list(Reversal.objects.filter(purchase=reversal.purchase_id).values_list("pk", flat=True))
    taken = LedgerEntry.objects.taken_by_reversals(earlier) if tokens else []
    lots = Lot.objects.in_bulk([lot_id for lot_id, _ in taken])
    moves: Moves = []
    for lot_id, gave in taken:
        lot = lots[lot_id]
        back = min(gave, tokens, lot.tokens - lot.remaining)
        if back:
            moves.append((lot, back))
            tokens -= back
    move(wallet, moves, Kind.RESTORE, cause=reversal)
    expire(wallet, [(lot, back) for lot, back in moves if lot.has_expired(now)], cause=reversal)
    for lot, _ in moves:
        expect(wallet, lot.expires_at if lot.remaining else None)
    if tokens:
        own = Lot.objects.get(purchase=reversal.purchase_id)
        lot = Lot(wallet=wallet, reversal=reversal, paid_cents=0, currency=own.currency)
        add_lot(wallet, lot, tokens, Kind.RESTORE, cause=reversal)
    keep(wallet)


def _own_first(wallet: Wallet, own: Lot) -> Iterator[Lot]:
    yield own
    for lot in spendable_lots(wallet.pk):
        if lot.pk != own.pk:
            yield lot


def _save(wallet: Wallet, reversal: Reversal, *, debt_made: int = 0, debt_forgiven: int = 0) -> None:
    """Write the reversal, and what it changes of the debt, before its entries."""
    newest = LedgerEntry.objects.filter(wallet=wallet).order_by("-id").values_list("pk", flat=True).first()
    reversal.number, reversal.last_entry_id = wallet.last_number, newest or 0
    reversal.debt_made, reversal.debt_forgiven = debt_made, debt_forgiven
    reversal.save(force_insert=True)
    wallet.debt += debt_made - debt_forgiven
    wallet.balance += debt_forgiven - debt_made
