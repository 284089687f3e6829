"""A spend taken back: its tokens return to the lots that they were taken from, the latest first.

As `tokens.ledger.lots`, it needs a locked wallet in which everything is posted.
"""

from __future__ import annotations

from datetime import UTC, datetime

from tokens import rows
from tokens.errors import BooksDisagree
from tokens.ledger import limits
from tokens.ledger.burning import Moves
from tokens.ledger.lots import Kind, put_back
from tokens.ledger.totals import Spent, count_unspent
from tokens.ledger.wallet import keep
from tokens.models import LedgerEntry, Lot, Posting, SpendReversal, TokenUsage, Wallet

Cause = LedgerEntry.Cause


def take_back(wallet: Wallet, reversal: SpendReversal, now: datetime) -> SpendReversal:
    """Write a new reversal, return its tokens, and count it off totals, limits and caps of the day of the spend."""
    usage = reversal.usage
    moves = _returns_of(usage, reversal.tokens)
    lost = sum(back for lot, back in moves if lot.has_expired(now))
    reversal.balance_after, reversal.created_at = wallet.balance + reversal.tokens - lost, now
    rows.create(reversal)
    put_back(wallet, moves, Kind.UNSPEND, cause=reversal, now=now)
    limits.count_back(wallet, usage, reversal.tokens)
    day = usage.charged_at.astimezone(UTC).date()
    count_unspent(wallet.pk, Spent(day, usage.action, usage.api_key or 0, reversal.tokens, reversal.quantity))
    keep(wallet)
    return reversal


def taken_for(usage: TokenUsage) -> list[tuple[int, int]]:
    """(lot id, tokens of it that may return), the latest first: what the usage's posting took, or what the hold did."""
    mine = TokenUsage.objects.for_user(usage.user_id)
    if usage.expires_at:
        entries = LedgerEntry.objects.caused_by(Cause.USAGE, usage.pk).filter(kind__in=[Kind.HOLD, Kind.RELEASE])
        return entries.taken_by_usages(mine.filter(pk=usage.pk))
    postings = Posting.objects.filter(wallet=usage.user_id, last_number__gte=usage.number)
    posting = postings.order_by("last_number").first()
    if posting is None:
        return []
    together = mine.spent_at_once().filter(number__range=(posting.first_number, posting.last_number))
    return LedgerEntry.objects.caused_by(Cause.POSTING, posting.pk).filter(kind=Kind.SPEND).taken_by_usages(together)


def _returns_of(usage: TokenUsage, tokens: int) -> Moves:
    """Raises BooksDisagree when fewer were taken, which never happens to a usage that spent so many."""
    taken = taken_for(usage)
    lots = Lot.objects.in_bulk([lot_id for lot_id, _ in taken])
    moves: Moves = []
    for lot_id, gave in taken:
        if back := min(gave, tokens):
            moves.append((lots[lot_id], back))
            tokens -= back
    if tokens:
        raise BooksDisagree(f"Of usage {usage.pk}, {tokens} tokens more are to return than were taken from lots.")
    return moves
