"""Customers with very many spends, all in the same tables: one spend is the shop's own, the others are its copies."""

from __future__ import annotations

from django.db.models import F

from benchmarks.copies import copy, unchecked
from benchmarks.people import give, plant_users
from tokens.ledger.derived_totals import count_limits_again
from tokens.ledger.posting import post_wallet
from tokens.ledger.whose import only
from tokens.models import DailyTotal, LedgerEntry, Lot, Posting, TokenUsage, UsageTotal, Wallet
from tokens.spending.spends import spend

# About as many as a customer with five million spends in a year has in the minute after which they are posted.
USAGES_A_POSTING = 10


def plant(sizes: list[int]) -> dict[int, int]:
    """A user for each number of spends; user ids by size."""
    users = plant_users("long", len(sizes))
    for user, size in zip(users, sizes, strict=True):
        give(user, size + 1000)
        usage = spend(user.pk, "import_domain", metadata={"domain": "ocean-dreams.com"})
        post_wallet(user.pk)
        _repeat(usage, size - 1)
    return {size: user.pk for user, size in zip(users, sizes, strict=True)}


def _repeat(usage: TokenUsage, times: int) -> None:
    """Plant a posted spend so many times more: its usages, their postings with an entry each, and all that they change.

    The spend is its user's first, alone in its posting, and of one token.
    """
    user, last = usage.user_id, times + 1
    chunks = f"""
        (SELECT n AS first, least(n + {USAGES_A_POSTING - 1}, {last}) AS last
         FROM generate_series(2, {last}, {USAGES_A_POSTING}) AS n ORDER BY n) AS chunks"""
    copies = f"""
        (SELECT id AS copied, last_number AS last, tokens AS taken FROM postings
         WHERE user_id = {user} AND first_number > 1 ORDER BY id) AS copies"""
    with unchecked():
        numbers, after = f"generate_series(2, {last}) AS n", f"{usage.balance_after} + 1 - n"
        copy(TokenUsage, f"token_usage.id = {usage.pk}", for_each=numbers, number="n", balance_after=after)
        spans = {"first_number": "first", "last_number": "last", "tokens": "last - first + 1"}
        copy(Posting, f"user_id = {user}", for_each=chunks, **spans)
        moves = {"cause_id": "copied", "number": "last", "tokens": "-taken"}
        copy(LedgerEntry, f"user_id = {user} AND kind = 'spend'", for_each=copies, **moves)
    Lot.objects.filter(wallet=user).update(remaining=F("remaining") - times)
    Wallet.objects.filter(pk=user).update(balance=F("balance") - times, last_number=last, posted_number=last)
    for total in (UsageTotal, DailyTotal):
        total.objects.filter(user=user).update(tokens=F("tokens") + times, count=F("count") + times)
    count_limits_again(only(user))
