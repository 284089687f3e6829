"""The only writer of running totals, called with the movement that is counted. One statement each, on any database."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import connection

from tokens.models import Purchase, TokenUsage

SPENT = """
    INSERT INTO usage_totals (user_id, action, tokens, count) VALUES {rows}
    ON CONFLICT (user_id, action) DO UPDATE
    SET tokens = usage_totals.tokens + excluded.tokens, count = usage_totals.count + excluded.count
"""
# What goes back is taken off a row that is there; as a row to insert it would break the table's own rule.
BOUGHT = """
    INSERT INTO purchase_totals (user_id, currency, purchases, tokens, cents) VALUES (%s, %s, %s, %s, %s)
    ON CONFLICT (user_id, currency) DO UPDATE
    SET purchases = purchase_totals.purchases + excluded.purchases,
        tokens = purchase_totals.tokens + excluded.tokens, cents = purchase_totals.cents + excluded.cents
"""
TAKEN_BACK = """
    UPDATE purchase_totals SET tokens = tokens - %s, cents = cents - %s WHERE user_id = %s AND currency = %s
"""


def count_spent(user_id: int, usages: Iterable[TokenUsage]) -> None:
    """Add usages of one user, which are spent now, to the user's totals."""
    counted: dict[str, tuple[int, int]] = {}
    for usage in usages:
        tokens, times = counted.get(usage.action, (0, 0))
        counted[usage.action] = tokens + usage.tokens_spent, times + 1
    rows = ", ".join(["(%s, %s, %s, %s)"] * len(counted))
    _run(SPENT.format(rows=rows), *(value for action, sums in counted.items() for value in (user_id, action, *sums)))


def count_bought(purchase: Purchase) -> None:
    """Add a purchase, which is paid now, to its user's totals."""
    if purchase.type == Purchase.Type.TOKENS:
        _run(BOUGHT, purchase.user_id, purchase.currency, 1, purchase.tokens, _real(purchase, purchase.paid_cents))


def count_taken_back(purchase: Purchase, *, tokens: int, cents: int) -> None:
    """So much of it went back just now; below zero, it came again."""
    if purchase.type == Purchase.Type.TOKENS:
        _run(TAKEN_BACK, tokens, _real(purchase, cents), purchase.user_id, purchase.currency)


def _real(purchase: Purchase, cents: int | None) -> int | None:
    """For a simulated purchase no money moves; its tokens are as real as any."""
    return 0 if purchase.is_simulated else cents


def _run(statement: str, *values: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
