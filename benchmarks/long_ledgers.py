"""Customers with very many spends, all in the same tables: one spend is the shop's own, the others are its copies."""

from __future__ import annotations

from django.db.models import F

from benchmarks.copies import copy, unchecked
from benchmarks.people import give, plant_users
from tokens.models import LedgerEntry, Lot, TokenUsage, UsageTotal, Wallet
from tokens.spending.spends import spend


def plant(sizes: list[int]) -> dict[int, int]:
    """A user for each number of spends; user ids by size."""
    users = plant_users("long", len(sizes))
    for user, size in zip(users, sizes, strict=True):
        give(user, size + 1000)
        usage = spend(user.pk, "import_domain", metadata={"domain": "ocean-dreams.com"})
        _repeat(usage, size - 1)
    return {size: user.pk for user, size in zip(users, sizes, strict=True)}


def _repeat(usage: TokenUsage, times: int) -> None:
    """Plant the spend so many times more: its usage, its entry, and what they leave in the lot and the wallet."""
    copies = f"""
        (SELECT id AS copied, row_number() OVER (ORDER BY id) AS n FROM token_usage
         WHERE user_id = {usage.user_id} AND id > {usage.pk} ORDER BY id) AS copies"""
    with unchecked():
        row, after = f"token_usage.id = {usage.pk}", "balance_after - n"
        copy(TokenUsage, row, for_each=f"generate_series(1, {times}) AS n", balance_after=after)
        copy(
            LedgerEntry,
            f"usage_id = {usage.pk} AND counter_lot_id IS NULL",
            for_each=copies,
            usage_id="copied",
            balance_after=after,
        )
    Lot.objects.filter(wallet=usage.user_id).update(remaining=F("remaining") - times)
    Wallet.objects.filter(pk=usage.user_id).update(balance=F("balance") - times)
    mine = UsageTotal.objects.filter(user=usage.user_id, action=usage.action)
    mine.update(tokens=F("tokens") + times * usage.tokens_spent, count=F("count") + times)
