"""The audit's questions about spends that were taken back: no more than was spent, and to where it came from."""

from __future__ import annotations

from django.db.models import F, Q, Sum

from accounts import sql
from tokens.ledger.whose import EVERYBODY, Users
from tokens.models import LedgerEntry, SpendReversal, TokenUsage
from tokens.reports.figures import Findings, caused_by, figure

# What returned to each lot of what a posting, or a hold, took of it.
RETURNS = """
    SELECT cause_kind, cause_id, lot_id, back, taken FROM (
        SELECT came.*, coalesce((
            SELECT -sum(t.tokens) FROM ledger_entries t
            WHERE t.cause_kind = came.cause_kind AND t.cause_id = came.cause_id AND t.lot_id = came.lot_id
                AND t.kind IN ('spend', 'hold', 'release') AND NOT t.kind = 'repay'), 0) AS taken
        FROM (
            SELECT CASE WHEN u.expires_at IS NULL THEN 'posting' ELSE 'usage' END AS cause_kind,
                CASE WHEN u.expires_at IS NULL THEN p.id ELSE u.id END AS cause_id, e.lot_id, sum(e.tokens) AS back
            FROM spend_reversals r JOIN token_usage u ON u.id = r.usage_id
            JOIN ledger_entries e ON e.cause_kind = 'unspend' AND e.cause_id = r.id AND e.kind = 'unspend'
                AND NOT e.kind = 'repay'
            LEFT JOIN postings p ON p.user_id = u.user_id AND u.expires_at IS NULL
                AND u.number BETWEEN p.first_number AND p.last_number
            WHERE {whose} GROUP BY 1, 2, 3
        ) came
    ) compared WHERE back > taken
"""


def no_spend_is_taken_back_twice(users: Users = EVERYBODY) -> Findings:
    """A sentence for each usage of which more, or for another price, was taken back than was spent."""
    usages = TokenUsage.objects.filter(users.among("user"), reversals__isnull=False).annotate(
        back=Sum("reversals__tokens"), times=Sum("reversals__quantity")
    )
    # Whole numbers: of what was spent on all, so many are worth their share, rounded down.
    is_share = Q(back__lte=F("tokens_spent") * F("times") / F("quantity")) & Q(
        back__gt=F("tokens_spent") * F("times") / F("quantity") - 1
    )
    for usage in usages.exclude(is_share, status=TokenUsage.Status.SPENT, times__lte=F("quantity")):
        yield (
            f"Usage {usage.pk} ({usage.status}, {usage.tokens_spent} tokens for {usage.quantity}): {usage.back} tokens "
            f"for {usage.times} were reversed."
        )


def reversals_equal_their_entries(users: Users = EVERYBODY) -> Findings:
    """A sentence for each spend taken back whose tokens aren't the sum of the entries."""
    entries = caused_by(LedgerEntry.Cause.UNSPEND).filter(kind=LedgerEntry.Kind.UNSPEND)
    reversals = SpendReversal.objects.filter(users.among("user")).annotate(
        moved=figure(entries, Sum("tokens"), by="cause_id")
    )
    for reversal in reversals.exclude(tokens=F("moved")):
        yield f"Spend reversal {reversal.pk}: {reversal.tokens} tokens, its entries sum to {reversal.moved}."


def tokens_return_to_where_they_came_from(users: Users = EVERYBODY) -> Findings:
    """A sentence for each lot to which more returned of a posting or hold than that had taken of it."""
    for kind, cause, lot, back, taken in sql.run(RETURNS.format(whose=users.sql("r.user_id")), []):
        yield f"Lot {lot}: {back} tokens returned of {kind} {cause}, which had taken {taken}."
