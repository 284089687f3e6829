"""Movements of lots: tokens coming in, going out, and what they repay. Only here are lots and entries written.

Every function runs inside a transaction, with a locked wallet in which everything is posted, and keeps it up to date:
balance = what remains in all lots − unposted − debt. Most callers get theirs from `tokens.ledger.due.open_wallet`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Min
from django.utils import timezone

from accounts import sql
from tokens import rows
from tokens.ledger import limits, top_up
from tokens.ledger.burning import Moves, burned, spendable_lots
from tokens.ledger.expiry_warnings import expect_warnings
from tokens.ledger.hours import open_hour
from tokens.ledger.wallet import expect, keep, moment_of, require_available
from tokens.models import (
    LEAST_ALERT,
    Grant,
    LedgerEntry,
    Lot,
    Posting,
    Purchase,
    Reversal,
    SpendReversal,
    TokenUsage,
    Wallet,
)

Kind = LedgerEntry.Kind
Cause = Purchase | TokenUsage | Grant | Reversal | Posting | Lot | SpendReversal

KIND_OF_CAUSE: dict[type[Cause], LedgerEntry.Cause] = {
    Purchase: LedgerEntry.Cause.PURCHASE,
    TokenUsage: LedgerEntry.Cause.USAGE,
    Grant: LedgerEntry.Cause.GRANT,
    Reversal: LedgerEntry.Cause.REVERSAL,
    Posting: LedgerEntry.Cause.POSTING,
    Lot: LedgerEntry.Cause.LOT,
    SpendReversal: LedgerEntry.Cause.UNSPEND,
}
KEEP_ONE = "UPDATE lots SET remaining = %s WHERE id = %s"
KEEP_SOME = "UPDATE lots SET remaining = CASE id {cases} END WHERE id IN ({marks})"
CASE = "WHEN %s THEN CAST(%s AS integer)"


# --- tokens coming in ----------------------------------------------------------------


def credit_purchase(wallet: Wallet, purchase: Purchase, *, paid_cents: int) -> Lot:
    """Put a paid purchase's tokens in a lot of their own; `paid_cents` is for the whole lot.

    Bought tokens never expire; an allowance does, as its purchase says. A second credit of the same purchase is an
    IntegrityError.
    """
    lot = Lot(wallet=wallet, purchase=purchase, paid_cents=paid_cents, currency=purchase.currency)
    lot.expires_at = purchase.tokens_expire_at
    if purchase.type == Purchase.Type.TOKENS and not wallet.alert_is_chosen:
        wallet.alert_below = max(LEAST_ALERT, purchase.tokens // 10)
    return add_lot(wallet, lot, purchase.tokens, Kind.CREDIT, cause=purchase)


def credit_grant(wallet: Wallet, grant: Grant) -> Lot:
    """Put granted tokens in a lot of their own, which expires when the grant says so."""
    lot = Lot(wallet=wallet, grant=grant, paid_cents=0, currency="usd", expires_at=grant.expires_at)
    return add_lot(wallet, lot, grant.tokens, Kind.CREDIT, cause=grant)


def add_lot(wallet: Wallet, lot: Lot, tokens: int, kind: LedgerEntry.Kind, *, cause: Cause) -> Lot:
    """Fill a new lot; a debt is repaid out of it at once."""
    lot.tokens = lot.remaining = tokens
    expect_warnings(lot, moment_of(wallet, timezone.now()))
    rows.create(lot)
    lot.remaining = 0  # before its first entry
    note(wallet, [(lot, tokens)], kind, cause=cause)
    repay(wallet, [lot], cause=cause)
    expect(wallet, lot.expires_at)
    keep(wallet)
    return lot


# --- tokens going out ----------------------------------------------------------------


def hold(wallet: Wallet, usages: Sequence[TokenUsage]) -> None:
    """Take what holds hold from the wallet's lots in burn order, one after the other. Raises InsufficientTokens."""
    require_available(wallet, sum(usage.tokens_spent for usage in usages))
    taken = burned(spendable_lots(wallet.pk), [usage.tokens_spent for usage in usages])
    entries, lots = list[dict[str, Any]](), dict[int, Lot]()
    for usage, moves in zip(usages, taken, strict=True):
        entries += _entries(wallet, [(lot, -tokens) for lot, tokens in moves], Kind.HOLD, cause=usage)
        lots |= {lot.pk: lot for lot, _ in moves}
        wallet.held += usage.tokens_spent
        limits.count(wallet, usage.tokens_spent, usage.created_at)
        expect(wallet, usage.expires_at)
    sql.insert("ledger_entries", entries)
    _keep([*lots.values()])
    keep(wallet)


def deduct(wallet: Wallet, grant: Grant) -> None:
    """Take what a deduction says from the wallet's lots in burn order. Raises InsufficientTokens."""
    require_available(wallet, grant.tokens)
    (moves,) = burned(spendable_lots(wallet.pk), [grant.tokens])
    move(wallet, [(lot, -tokens) for lot, tokens in moves], Kind.DEDUCT, cause=grant)
    top_up.disarm_if_below(wallet)
    keep(wallet)


def take_spent(wallet: Wallet, moves: Moves, *, hour: datetime, numbers: tuple[int, int]) -> None:
    """Take what usages of one hour spent, the first and last of these numbers, from lots that were chosen for it."""
    posted = {"user_id": wallet.pk, "first_number": numbers[0], "last_number": numbers[1]}
    posted |= {"tokens": sum(part for _, part in moves), "created_at": moment_of(wallet, timezone.now())}
    posting = Posting(pk=sql.insert("postings", [posted])[0])
    move(wallet, [(lot, -part) for lot, part in moves], Kind.SPEND, cause=posting, hour=hour, number=numbers[1])


def give_back(wallet: Wallet, usage: TokenUsage, *, tokens: int, now: datetime) -> None:
    """End a hold: so many tokens return to their lots, the last burned first; in a lot that has expired they expire."""
    moves = LedgerEntry.objects.returns_of(usage, tokens=tokens)
    put_back(wallet, moves, Kind.RELEASE, cause=usage, now=now)
    limits.count_back(wallet, usage, tokens)
    count_off_held(wallet, usage.tokens_spent)


def put_back(wallet: Wallet, moves: Moves, kind: LedgerEntry.Kind, *, cause: Cause, now: datetime) -> None:
    """Tokens return to lots that they were taken from: in one that has expired they expire, else they repay a debt.

    The caller keeps the wallet.
    """
    move(wallet, moves, kind, cause=cause)
    expire(wallet, [(lot, back) for lot, back in moves if lot.has_expired(now)], cause=cause)
    repay(wallet, [lot for lot, _ in moves], cause=cause)
    for lot, _ in moves:  # may have been empty when the wallet last worked out what is due
        expect(wallet, lot.expires_at if lot.remaining else None)


def count_off_held(wallet: Wallet, tokens: int) -> None:
    """So many tokens are not held any more. Alone, without `give_back`: none of them returns, for all are spent."""
    wallet.held -= tokens
    keep(wallet)


def expire(wallet: Wallet, moves: Moves, *, cause: Cause) -> None:
    """Take tokens that came back to lots which had expired."""
    move(wallet, [(lot, -tokens) for lot, tokens in moves], Kind.EXPIRE, cause=cause)


def expire_lots(wallet: Wallet, now: datetime) -> None:
    """Take what remains in the wallet's expired lots."""
    for lot in Lot.objects.filter(wallet=wallet, expires_at__lte=now).open().in_burn_order():
        expire(wallet, [(lot, lot.remaining)], cause=lot)


def note_next_due(wallet: Wallet) -> None:
    """Work out when something in this wallet is next due: the earliest expiry of an open lot or a hold."""
    lots = Lot.objects.filter(wallet=wallet).open().aggregate(at=Min("expires_at"))["at"]
    holds = TokenUsage.objects.for_user(wallet.pk).held().aggregate(at=Min("expires_at"))["at"]
    wallet.due_at = min((at for at in (lots, holds) if at), default=None)
    keep(wallet)


# --- frozen tokens, and debts ---------------------------------------------------------------


def freeze(wallet: Wallet, purchase: Purchase, *, at: datetime | None) -> None:
    """Freeze what remains of a purchase's lot, or unfreeze it (`at` is None), which repays a debt at once.

    Already so: nothing happens.
    """
    lot = Lot.objects.get(purchase=purchase)
    if bool(lot.frozen_at) == bool(at):
        return
    lot.frozen_at = at
    lot.save(update_fields=["frozen_at"])
    wallet.frozen += lot.remaining if at else -lot.remaining
    repay(wallet, [lot], cause=purchase)
    if at:
        top_up.disarm_if_below(wallet)
    keep(wallet)


def repay(wallet: Wallet, lots: Iterable[Lot], *, cause: Cause) -> None:
    """Pay what is owed out of what has just come into these lots. The balance, which counts the debt, stays."""
    for lot in lots:
        tokens = 0 if lot.frozen_at else min(lot.remaining, wallet.debt)
        if tokens:
            wallet.debt -= tokens
            move(wallet, [(lot, -tokens)], Kind.REPAY, cause=cause)


# --- what all of them do ----------------------------------------------------------------------


def move(
    wallet: Wallet,
    moves: Moves,
    kind: LedgerEntry.Kind,
    *,
    cause: Cause,
    hour: datetime | None = None,
    number: int | None = None,
) -> None:
    """Move signed tokens of lots, at most once each: as `note`, and the lots are written too."""
    if moves:
        note(wallet, moves, kind, cause=cause, hour=hour, number=number)
        _keep([lot for lot, _ in moves])


def note(
    wallet: Wallet,
    moves: Moves,
    kind: LedgerEntry.Kind,
    *,
    cause: Cause,
    hour: datetime | None = None,
    number: int | None = None,
) -> None:
    """Write an entry for each movement, and move the tokens of the lots and the wallet at hand, whose rows wait.

    A posting's entries say themselves where they stand; any other stands after all usages, in this hour.
    """
    sql.insert("ledger_entries", _entries(wallet, moves, kind, cause=cause, hour=hour, number=number))


def _entries(
    wallet: Wallet,
    moves: Moves,
    kind: LedgerEntry.Kind,
    *,
    cause: Cause,
    hour: datetime | None = None,
    number: int | None = None,
) -> list[dict[str, Any]]:
    """The rows that `note` writes, once it has all happened to the lots and the wallet at hand."""
    at = moment_of(wallet, timezone.now())
    same = {"user_id": wallet.pk, "kind": kind.value, "cause_kind": KIND_OF_CAUSE[type(cause)].value}
    same |= {"cause_id": cause.pk, "number": wallet.last_number if number is None else number}
    same |= {"hour": hour or open_hour(wallet, at), "created_at": at}
    return [same | _moved(wallet, lot, tokens, kind) for lot, tokens in moves]


def _moved(wallet: Wallet, lot: Lot, tokens: int, kind: LedgerEntry.Kind) -> dict[str, Any]:
    """What is an entry's own, once it has happened to the lot and the wallet at hand."""
    before, lot.remaining = lot.remaining, lot.remaining + tokens
    if lot.frozen_at:
        wallet.frozen += tokens
    after = None
    if kind == Kind.SPEND:  # the balance fell when it was spent
        wallet.unposted += tokens
    elif kind != Kind.REPAY:
        after = wallet.balance = wallet.balance + tokens
    worth = lot.worth_cents(lot.remaining) - lot.worth_cents(before)
    return {"lot_id": lot.pk, "tokens": tokens, "worth_cents": worth, "balance_after": after}


def _keep(lots: list[Lot]) -> None:
    if len(lots) == 1:
        sql.run(KEEP_ONE, [lots[0].remaining, lots[0].pk])
        return
    cases = " ".join([CASE] * len(lots))
    params = [value for lot in lots for value in (lot.pk, lot.remaining)] + [lot.pk for lot in lots]
    sql.run(KEEP_SOME.format(cases=cases, marks=sql.marks(lots)), params)
