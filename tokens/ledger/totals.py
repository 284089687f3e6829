"""The only writer of running and daily totals, called with the movement that is counted."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

from accounts import sql
from tokens.models import Purchase

SPENT = """
    INSERT INTO usage_totals (user_id, action, tokens, count) VALUES {rows}
    ON CONFLICT (user_id, action) DO UPDATE
    SET tokens = usage_totals.tokens + excluded.tokens, count = usage_totals.count + excluded.count
"""
SPENT_IN_A_DAY = """
    INSERT INTO daily_totals (user_id, day, action, api_key, tokens, count) VALUES {rows}
    ON CONFLICT (user_id, day, action, api_key) DO UPDATE
    SET tokens = daily_totals.tokens + excluded.tokens, count = daily_totals.count + excluded.count
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
UNSPENT = """
    UPDATE usage_totals SET tokens = tokens - %s, count = count - %s WHERE user_id = %s AND action = %s
"""
UNSPENT_IN_A_DAY = """
    UPDATE daily_totals SET tokens = tokens - %s, count = count - %s
    WHERE user_id = %s AND action = %s AND day = %s AND api_key = %s
"""


class Spent(NamedTuple):
    """Tokens that one user spent on an action, so many times, in one day (UTC), with one API key (0: none)."""

    day: date
    action: str
    api_key: int
    tokens: int
    times: int


def count_spent(user_id: int, spent: Iterable[Spent]) -> None:
    """Add what one user has spent to the user's totals."""
    running: dict[str, tuple[int, int]] = {}
    daily: dict[tuple[date, str, int], tuple[int, int]] = {}
    for each in spent:
        tokens, count = running.get(each.action, (0, 0))
        running[each.action] = tokens + each.tokens, count + each.times
        key = each.day, each.action, each.api_key
        tokens, count = daily.get(key, (0, 0))
        daily[key] = tokens + each.tokens, count + each.times
    adds: list[tuple[str, list[tuple[object, ...]]]] = [
        (SPENT, [(user_id, action, *sums) for action, sums in sorted(running.items())]),
        (SPENT_IN_A_DAY, [(user_id, *key, *sums) for key, sums in sorted(daily.items())]),
    ]
    statements = [statement.format(rows=", ".join(f"({sql.marks(row)})" for row in rows)) for statement, rows in adds]
    values = [[value for row in rows for value in row] for _, rows in adds]
    if sql.is_postgresql():  # in one trip
        sql.run(f"WITH running AS ({statements[0]}) {statements[1]}", values[0] + values[1])
        return
    for statement, params in zip(statements, values, strict=True):
        sql.run(statement, params)


def count_unspent(user_id: int, back: Spent) -> None:
    """Take off what was taken back: of the day that it was spent on, whenever that was."""
    sums = [back.tokens, back.times, user_id, back.action]
    sql.run(UNSPENT, sums)
    sql.run(UNSPENT_IN_A_DAY, [*sums, back.day, back.api_key])


def count_bought(purchase: Purchase) -> None:
    """Add a purchase, which is paid now, to its user's totals."""
    if purchase.type == Purchase.Type.TOKENS:
        cents = _real(purchase, purchase.paid_cents)
        sql.run(BOUGHT, [purchase.user_id, purchase.currency, 1, purchase.tokens, cents])


def count_taken_back(purchase: Purchase, *, tokens: int, cents: int) -> None:
    """So much of it went back just now; below zero, it came again."""
    if purchase.type == Purchase.Type.TOKENS:
        sql.run(TAKEN_BACK, [tokens, _real(purchase, cents), purchase.user_id, purchase.currency])


def _real(purchase: Purchase, cents: int | None) -> int | None:
    """For a simulated purchase no money moves; its tokens are as real as any."""
    return 0 if purchase.is_simulated else cents
