"""Tokens follow the money: how many of a purchase's tokens must be taken back, as an absolute figure.

It depends only on the purchase as it was paid and on the sum of what went back, in whatever order the events came.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum

from django.db.models import Sum
from django.utils import timezone

from accounts import sql
from accounts.hooks import Hook
from tokens.ledger.due import open_wallet
from tokens.ledger.lots import freeze
from tokens.ledger.reversing import restore, reverse
from tokens.ledger.totals import count_taken_back
from tokens.ledger.wallet import moment_of
from tokens.models import Purchase, Reversal
from tokens.transactions import money_transaction

# What another app does when the money of a membership's purchase may have moved, in that transaction. The purchase is
# paid and locked. It is called when it was just paid, too, and for events that changed nothing.
when_money_moves: Hook[Callable[[Purchase], None]] = Hook()


class Contest(Enum):
    """How a purchase is contested."""

    REFUND = "refund"
    DISPUTE = "dispute"
    FRAUD_WARNING = "fraud warning"


# What a room above does when money of a purchase has gone back, or its bank asks about it: once for each, in that
# transaction. The purchase is locked.
when_contested: Hook[Callable[[Purchase, Contest], None]] = Hook()


def contest(purchase: Purchase, how: Contest) -> None:
    """Tell whoever acts on it."""
    for listener in when_contested:
        listener(purchase, how)


HAS_MOVED = """
    SELECT EXISTS (SELECT 1 FROM refunds WHERE purchase_id = %s)
        OR EXISTS (SELECT 1 FROM disputes WHERE purchase_id = %s)
"""


def reversed_cents(purchase: Purchase) -> int:
    """Money that is gone again: refunds that count, and what disputes took and kept; at most what was paid."""
    return min(purchase.received_cents, refunded_cents(purchase) + disputed_cents(purchase))


def disputed_cents(purchase: Purchase) -> int:
    """The money that disputes withdrew and didn't reinstate, in the smallest unit."""
    disputes = purchase.disputes.aggregate(
        out=Sum("withdrawn_cents", default=0), back=Sum("reinstated_cents", default=0)
    )
    return int(disputes["out"] - disputes["back"])


def refunded_cents(purchase: Purchase) -> int:
    """The sum of the refunds that count, in the smallest unit."""
    return purchase.refunds.counting().aggregate(sum=Sum("amount_cents", default=0))["sum"]


def has_moved_money(purchase: Purchase) -> bool:
    """Whether it has a refund or a dispute, of whatever kind."""
    return bool(sql.run(HAS_MOVED, [purchase.pk, purchase.pk])[0][0])


def has_unclear_money(purchase: Purchase) -> bool:
    """Whether a refund or dispute in another currency waits for staff to say what it comes to."""
    rows = (purchase.refunds, purchase.disputes)
    return any(related.exclude(unclear="").exists() for related in rows)


@money_transaction
def follow_the_money(purchase: Purchase) -> Purchase:
    """Bring a purchase's status, freeze and taken-back tokens in line with its refunds and disputes.

    Quiet when they already are, and for a purchase that is not paid: `complete` calls this when it is.
    """
    purchase = Purchase.objects.select_for_update().get(pk=purchase.pk)
    if not purchase.is_paid:
        return purchase
    before = purchase.tokens_reversed, purchase.reversed_cents
    status_before = purchase.status
    _follow_with_status(purchase)
    if purchase.tokens:
        _follow_with_tokens(purchase)
    _follow_with_totals(purchase, *before)
    if purchase.status not in (Purchase.Status.COMPLETED, status_before):
        contest(purchase, Contest.REFUND)
    for listener in when_money_moves if purchase.type == Purchase.Type.SUBSCRIPTION else ():
        listener(purchase)
    return purchase


def _follow_with_status(purchase: Purchase) -> None:
    refunded = refunded_cents(purchase)
    status = Purchase.Status.COMPLETED
    if refunded:
        is_whole = refunded >= purchase.received_cents
        status = Purchase.Status.REFUNDED if is_whole else Purchase.Status.PARTIALLY_REFUNDED
    if purchase.status != status:
        purchase.status = status
        purchase.save(update_fields=["status"])


def _follow_with_totals(purchase: Purchase, tokens_before: int, cents_before: int) -> None:
    purchase.reversed_cents = reversed_cents(purchase)
    if (purchase.tokens_reversed, purchase.reversed_cents) != (tokens_before, cents_before):
        purchase.save(update_fields=["reversed_cents"])
        tokens, cents = purchase.tokens_reversed - tokens_before, purchase.reversed_cents - cents_before
        count_taken_back(purchase, tokens=tokens, cents=cents)


def _follow_with_tokens(purchase: Purchase) -> None:
    wallet = open_wallet(purchase.user_id, timezone.now())
    now = moment_of(wallet, timezone.now())
    target = purchase.tokens_for(reversed_cents(purchase))
    if target != purchase.tokens_reversed:
        reversal = Reversal(
            user_id=purchase.user_id,
            purchase=purchase,
            tokens_before=purchase.tokens_reversed,
            tokens_after=target,
            refunded_cents=refunded_cents(purchase),
            disputed_cents=max(0, disputed_cents(purchase)),
        )
        if target > purchase.tokens_reversed:
            reverse(wallet, reversal)
        else:
            restore(wallet, reversal, now)
        purchase.tokens_reversed = target
        purchase.save(update_fields=["tokens_reversed"])
    is_frozen = any(row.freezes for row in (*purchase.disputes.all(), *purchase.refunds.exclude(unclear="")))
    freeze(wallet, purchase, at=now if is_frozen else None)
