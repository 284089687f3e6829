"""After every measurement: tokens recorded are tokens granted less tokens spent, and nothing is below zero."""

from __future__ import annotations

from benchmarks import pgbench
from benchmarks.shop import execute

# By sets, since the shop's own audit walks through the entries one by one.
RULES = {
    "wallets whose balance is not the sum of their entries": """
        SELECT count(*) FROM wallets LEFT JOIN (
            SELECT user_id, sum(tokens) AS tokens FROM ledger_entries GROUP BY user_id
        ) AS entries USING (user_id) WHERE balance <> coalesce(tokens, 0)""",
    "wallets whose balance is not what remains in their lots": """
        SELECT count(*) FROM wallets LEFT JOIN (
            SELECT user_id, sum(remaining) AS remaining FROM lots GROUP BY user_id
        ) AS lots USING (user_id) WHERE balance <> coalesce(remaining, 0)""",
    "wallets or lots below zero": """
        SELECT (SELECT count(*) FROM wallets WHERE balance < 0) + (SELECT count(*) FROM lots WHERE remaining < 0)""",
    "users whose spends are not what their entries say": """
        SELECT count(*) FROM (
            SELECT user_id, sum(tokens_spent) AS tokens FROM token_usage WHERE status = 'spent' GROUP BY user_id
        ) AS spends FULL JOIN (
            SELECT user_id, -sum(tokens) AS tokens FROM ledger_entries
            WHERE usage_id IS NOT NULL GROUP BY user_id
        ) AS entries USING (user_id) WHERE coalesce(spends.tokens, 0) <> coalesce(entries.tokens, 0)""",
    "paid purchases that were not credited once": """
        SELECT count(*) FROM purchases LEFT JOIN (
            SELECT purchase_id, count(*) AS times FROM ledger_entries WHERE kind = 'credit' GROUP BY purchase_id
        ) AS credits ON purchase_id = purchases.id
        WHERE coalesce(times, 0) <> (status = 'completed' AND tokens > 0)::int""",
    "tokens that pgbench's bare wallets lack": """
        SELECT {granted} - (SELECT sum(balance) FROM bare_wallets) - (SELECT count(*) FROM bare_spends)""",
}


def findings() -> list[str]:
    """A sentence for each rule that does not hold."""
    found = []
    for what, statement in RULES.items():
        [[count]] = execute(statement.format(granted=pgbench.GRANTED))
        if count:
            found.append(f"The books are wrong: {count} {what}.")
    return found


def entries() -> int:
    """How long the ledger is."""
    [[count]] = execute("SELECT count(*) FROM ledger_entries")
    return int(str(count))
