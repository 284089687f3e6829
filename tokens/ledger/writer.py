"""The only writer of wallets, lots and entries; `tokens.spending.functions` has its plain cases, for one round trip.

Every function here runs inside a transaction and starts from a locked wallet, which it keeps up to date: wallet.balance
= Σ entries = Σ lots' remaining, before and after. Most callers get theirs from `tokens.ledger.due.open_wallet`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import zip_longest

from django.db.models import Max, Min, Sum
from django.utils import timezone

from tokens.errors import BooksDisagree, InsufficientTokens, SpendingStopped
from tokens.ledger import running_totals
from tokens.models import Grant, LedgerEntry, Lot, Purchase, Reversal, TokenUsage, Wallet

Kind = LedgerEntry.Kind
Cause = Purchase | TokenUsage | Grant | Reversal
Moves = list[tuple[Lot, int]]


def lock_wallet(user_id: int) -> Wallet:
    """The user's wallet, locked until the transaction ends; created on first use. Only inside a transaction."""
    locked = Wallet.objects.select_for_update().filter(pk=user_id)
    if wallet := locked.first():
        return wallet
    Wallet.objects.bulk_create([Wallet(user_id=user_id)], ignore_conflicts=True)
    return locked.get()


def lock_existing_wallet(user_id: int) -> Wallet:
    """As `lock_wallet`, but a user who has none gets an unsaved one with balance 0 (nothing could be taken from it)."""
    return Wallet.objects.select_for_update().filter(pk=user_id).first() or Wallet(user_id=user_id)


def require_available(wallet: Wallet, tokens: int) -> None:
    """Raises InsufficientTokens unless the wallet may spend this many tokens."""
    if wallet.blocked_at:
        raise SpendingStopped(required=tokens, balance=wallet.balance)
    if wallet.available < tokens:
        raise InsufficientTokens(required=tokens, balance=wallet.balance, available=wallet.available)


# --- tokens coming in ----------------------------------------------------------------


def credit_purchase(wallet: Wallet, purchase: Purchase, *, paid_cents: int) -> Lot:
    """Put a paid purchase's tokens in a lot of their own; `paid_cents` is for the whole lot.

    Bought tokens never expire; an allowance does, as its purchase says. A second credit of the same purchase is an
    IntegrityError.
    """
    lot = Lot(wallet=wallet, purchase=purchase, paid_cents=paid_cents, currency=purchase.currency)
    lot.expires_at = purchase.tokens_expire_at
    return _credit(wallet, lot, purchase.tokens, purchase=purchase)


def credit_grant(wallet: Wallet, grant: Grant) -> Lot:
    """Put granted tokens in a lot of their own, which expires when the grant says so."""
    lot = Lot(wallet=wallet, grant=grant, paid_cents=0, currency="usd", expires_at=grant.expires_at)
    return _credit(wallet, lot, grant.tokens, grant=grant)


def _credit(wallet: Wallet, lot: Lot, tokens: int, **cause: Cause) -> Lot:
    lot.tokens, lot.remaining = tokens, 0
    lot.save(force_insert=True)
    _move(wallet, [(lot, tokens)], Kind.CREDIT, **cause)  # type: ignore[arg-type]  # the names are those of causes
    _repay_debts(wallet, [lot], **cause)
    _expect(wallet, lot.expires_at)
    _keep(wallet)
    return lot


# --- tokens going out ----------------------------------------------------------------


def burn(wallet: Wallet, usages: Sequence[TokenUsage]) -> None:
    """Take what usages cost, all spent or all held, from the wallet's lots in burn order, one usage after the other.

    As many statements for many as for one. Raises InsufficientTokens; then nothing changed.
    """
    is_hold = usages[0].status == TokenUsage.Status.HELD
    moves = _plan(wallet, sum(usage.tokens_spent for usage in usages))
    kind, dealt = Kind.HOLD if is_hold else Kind.SPEND, _dealt_out(usages, moves)
    entries = [_entry(wallet, lot, -tokens, kind, usage=usage) for usage, lot, tokens in dealt]
    _write([lot for lot, _ in moves], entries)
    if is_hold:
        for usage in usages:
            wallet.held += usage.tokens_spent
            _expect(wallet, usage.expires_at)
    else:
        running_totals.count_spent(wallet.pk, usages)
    _keep(wallet)


def deduct(wallet: Wallet, grant: Grant) -> None:
    """Take what a deduction says from the wallet's lots in burn order. Raises InsufficientTokens."""
    _move(wallet, _plan(wallet, grant.tokens), Kind.DEDUCT, grant=grant)
    _keep(wallet)


def give_back(wallet: Wallet, usage: TokenUsage, *, tokens: int, now: datetime) -> None:
    """End a hold: so many tokens return to their lots, the last burned first; in a lot that has expired they expire."""
    moves = LedgerEntry.objects.returns_of(usage, tokens=tokens)
    _move(wallet, moves, Kind.RELEASE, usage=usage)
    over = [(lot, min(back, max(0, lot.remaining))) for lot, back in moves if lot.expires_at and lot.expires_at <= now]
    _move(wallet, [(lot, -gone) for lot, gone in over if gone], Kind.EXPIRE, usage=usage)
    _repay_debts(wallet, [lot for lot, _ in moves], usage=usage)
    for lot, _ in moves:  # may have been empty when the wallet last worked out what is due
        _expect(wallet, lot.expires_at if lot.remaining > 0 else None)
    count_off_held(wallet, usage.tokens_spent)


def count_off_held(wallet: Wallet, tokens: int) -> None:
    """So many tokens are not held any more. Alone, without `give_back`: none of them returns, for all are spent."""
    wallet.held -= tokens
    _keep(wallet)


def expire_lots(wallet: Wallet, now: datetime) -> None:
    """Take what remains in the wallet's expired lots. Only with the wallet locked."""
    due = list(Lot.objects.filter(wallet=wallet, expires_at__lte=now).open().in_burn_order())
    _move(wallet, [(lot, -lot.remaining) for lot in due], Kind.EXPIRE)


def note_next_due(wallet: Wallet) -> None:
    """Work out when something in this wallet is next due: the earliest expiry of an open lot or a hold."""
    lots = Lot.objects.filter(wallet=wallet).open().aggregate(at=Min("expires_at"))["at"]
    holds = TokenUsage.objects.for_user(wallet.pk).held().aggregate(at=Min("expires_at"))["at"]
    wallet.due_at = min((at for at in (lots, holds) if at), default=None)
    _keep(wallet)


# --- money taken back, and given back again -----------------------------------------------


def reverse(wallet: Wallet, reversal: Reversal) -> None:
    """Take what a reversal says from the purchase's own lot, then from the others in burn order, then as a debt.

    The debt is what the own lot then lacks below zero; the next credits repay it.
    """
    own = Lot.objects.get(purchase=reversal.purchase_id)
    tokens = reversal.tokens_after - reversal.tokens_before
    from_own = min(max(0, own.remaining), tokens)
    missing = tokens - from_own
    moves: Moves = []
    for lot in Lot.objects.spendable_from(wallet) if missing else ():
        if lot.pk != own.pk:
            taken = min(lot.remaining, missing)
            moves.append((lot, -taken))
            missing -= taken
        if not missing:
            break
    if from_own + missing:
        moves.insert(0, (own, -from_own - missing))
    _move(wallet, moves, Kind.REVERSE, reversal=reversal)
    _keep(wallet)


def restore(wallet: Wallet, reversal: Reversal, now: datetime) -> None:
    """Undo earlier reversals of the same purchase, newest first.

    What comes back to the own lot fills its debt, then goes back to the lots that had repaid it, then stays.
    What returns to a lot that has expired expires with it.
    """
    tokens = reversal.tokens_before - reversal.tokens_after
    backs: dict[int, int] = {}
    for lot_id, taken in LedgerEntry.objects.taken_by_reversals_of(reversal.purchase_id):
        backs[lot_id] = min(taken, tokens)
        tokens -= backs[lot_id]
        if not tokens:
            break
    lots = _undo_repayments(wallet, Lot.objects.get(purchase=reversal.purchase_id), backs, reversal)
    _move(wallet, [(lots[lot_id], back) for lot_id, back in backs.items()], Kind.RESTORE, reversal=reversal)
    expired = [(lot, -max(0, lot.remaining)) for lot in lots.values() if lot.expires_at and lot.expires_at <= now]
    _move(wallet, [(lot, lost) for lot, lost in expired if lost], Kind.EXPIRE, reversal=reversal)
    _repay_debts(wallet, sorted(lots.values(), key=lambda lot: lot.pk), reversal=reversal)
    for lot in lots.values():
        _expect(wallet, lot.expires_at if lot.remaining > 0 else None)
    _keep(wallet)


def freeze(wallet: Wallet, purchase: Purchase, *, at: datetime | None) -> None:
    """Freeze what remains of a purchase's lot, or unfreeze it (`at` is None). Already so: nothing happens."""
    lot = Lot.objects.get(purchase=purchase)
    if bool(lot.frozen_at) == bool(at):
        return
    lot.frozen_at = at
    lot.save(update_fields=["frozen_at"])
    wallet.frozen += max(0, lot.remaining) if at else -max(0, lot.remaining)
    _keep(wallet)


def block(wallet: Wallet, *, at: datetime | None) -> None:
    """Stop all spending from a wallet, or allow it again (`at` is None)."""
    wallet.blocked_at = at
    _keep(wallet, "blocked_at")


def _undo_repayments(wallet: Wallet, own: Lot, backs: dict[int, int], reversal: Reversal) -> dict[int, Lot]:
    """Give what will come back to the own lot, but for its debt, to the lots that had repaid it, the latest first.

    `backs` is what will come back to which lot. A payer that is in debt itself gets what it lacks as well: a pair of
    lots pays once in a reversal. All these lots are returned.
    """
    tokens = backs.get(own.pk, 0) - max(0, -own.remaining)
    repaid = LedgerEntry.objects.filter(lot=own, kind=Kind.REPAY).values("counter_lot")
    paid: dict[int, int] = {}
    for row in repaid.annotate(net=Sum("tokens"), last=Max("id")).filter(net__gt=0).order_by("-last"):
        if tokens > 0:
            paid[row["counter_lot"]] = min(row["net"], tokens)
            tokens -= row["net"]
    lots = Lot.objects.in_bulk({*backs, *paid})
    own = lots.get(own.pk, own)
    free = 0 if own.frozen_at else own.remaining + backs.get(own.pk, 0) - sum(paid.values())
    for lot_id, back in paid.items():
        payer = lots[lot_id]
        more = max(0, min(free, -payer.remaining - backs.get(lot_id, 0) - back))
        free -= more
        _move(wallet, [(payer, back + more), (own, -back - more)], Kind.REPAY, counters=[own, payer], reversal=reversal)
    return lots


def _repay_debts(wallet: Wallet, lots: list[Lot], **cause: Cause) -> None:
    """Pay the oldest debts first out of what has come into these lots."""
    if not wallet.debt:
        return
    fresh = Lot.objects.in_bulk([lot.pk for lot in lots])
    for debtor in Lot.objects.filter(wallet=wallet, remaining__lt=0).order_by("id"):
        for lot in lots:
            payer = fresh[lot.pk]
            if payer.remaining > 0 > debtor.remaining and not payer.frozen_at:
                tokens = min(payer.remaining, -debtor.remaining)
                _move(wallet, [(payer, -tokens), (debtor, tokens)], Kind.REPAY, counters=[debtor, payer], **cause)


def _plan(wallet: Wallet, tokens: int) -> Moves:
    """Which lots so many tokens are taken from."""
    require_available(wallet, tokens)
    moves: Moves = []
    for lot in Lot.objects.spendable_from(wallet):
        taken = min(lot.remaining, tokens)
        moves.append((lot, -taken))
        tokens -= taken
        if not tokens:
            return moves
    raise BooksDisagree(f"The balance of user {wallet.pk} says {tokens} tokens more than the lots hold.")


def _dealt_out(usages: Sequence[TokenUsage], moves: Moves) -> Iterator[tuple[TokenUsage, Lot, int]]:
    """Which usage takes how many tokens of which lot, when all of them together take what was planned."""
    left = [(lot, -tokens) for lot, tokens in reversed(moves)]
    for usage in usages:
        wanted = usage.tokens_spent
        while wanted:
            lot, there = left.pop()
            taken = min(there, wanted)
            yield usage, lot, taken
            wanted -= taken
            if there > taken:
                left.append((lot, there - taken))


def _move(
    wallet: Wallet, moves: Moves, kind: LedgerEntry.Kind, *, counters: Sequence[Lot] = (), **cause: Cause
) -> None:
    pairs = zip_longest(moves, counters)
    entries = [_entry(wallet, lot, tokens, kind, counter_lot=to, **cause) for (lot, tokens), to in pairs]
    _write([lot for lot, _ in moves], entries)


def _entry(wallet: Wallet, lot: Lot, tokens: int, kind: LedgerEntry.Kind, **cause: Cause | Lot | None) -> LedgerEntry:
    """The entry of one movement, which is made in the wallet and the lot at hand."""
    before, after = lot.remaining, lot.remaining + tokens
    lot.remaining = after
    wallet.balance += tokens
    wallet.debt += max(0, -after) - max(0, -before)
    wallet.frozen += max(0, after) - max(0, before) if lot.frozen_at else 0
    worth = lot.worth_cents(after) - lot.worth_cents(before)
    fields = {"kind": kind, "tokens": tokens, "worth_cents": worth, "balance_after": wallet.balance}
    return LedgerEntry(wallet=wallet, lot=lot, **fields, **cause)


def _write(lots: list[Lot], entries: list[LedgerEntry]) -> None:
    Lot.objects.bulk_update(lots, ["remaining"])
    LedgerEntry.objects.bulk_create(entries)


def _expect(wallet: Wallet, at: datetime | None) -> None:
    if at and (wallet.due_at is None or at < wallet.due_at):
        wallet.due_at = at


def _keep(wallet: Wallet, *more: str) -> None:
    """Time never goes backwards for a wallet, however the clocks of those who use it differ."""
    wallet.updated_at = max(wallet.updated_at, timezone.now())
    wallet.save(update_fields=["balance", "held", "frozen", "debt", "due_at", "calls_until", "updated_at", *more])
