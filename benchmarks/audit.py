"""After every measurement: tokens recorded are tokens granted less tokens spent, and nothing is below zero.

What is spent and not posted yet counts as spent; the lots still have it.
"""

from __future__ import annotations

from benchmarks import pgbench
from benchmarks.shop import execute

# By sets, since the shop's own audit walks through the entries one by one.
RULES = {
    "wallets whose balance is not the sum of their entries, less what is unposted and owed": """
        SELECT count(*) FROM wallets LEFT JOIN (
            SELECT user_id, sum(tokens) AS tokens FROM ledger_entries GROUP BY user_id
        ) AS entries USING (user_id) WHERE balance <> coalesce(tokens, 0) - unposted - debt""",
    "wallets whose balance is not what remains in their lots, less what is unposted and owed": """
        SELECT count(*) FROM wallets LEFT JOIN (
            SELECT user_id, sum(remaining) AS remaining FROM lots GROUP BY user_id
        ) AS lots USING (user_id) WHERE balance <> coalesce(remaining, 0) - unposted - debt""",
    "wallets or lots below zero": """
        SELECT (SELECT count(*) FROM wallets WHERE balance < 0) + (SELECT count(*) FROM lots WHERE remaining < 0)""",
    "wallets whose usages are not numbered without a gap": """
        SELECT count(*) FROM wallets LEFT JOIN (
            SELECT user_id, count(*) AS there, max(number) AS newest FROM token_usage GROUP BY user_id
        ) AS usages USING (user_id)
        WHERE last_number <> coalesce(there, 0) OR last_number <> coalesce(newest, 0)""",
    "wallets whose unposted tokens are not those of their unposted usages": """
        SELECT count(*) FROM wallets LEFT JOIN (
            SELECT user_id, sum(tokens_spent) AS tokens FROM token_usage JOIN wallets USING (user_id)
            WHERE number > posted_number GROUP BY user_id
        ) AS usages USING (user_id) WHERE unposted <> coalesce(tokens, 0)""",
    "users whose posted spends are not what their entries say": """
        SELECT count(*) FROM (
            SELECT user_id, sum(tokens_spent) AS tokens FROM token_usage JOIN wallets USING (user_id)
            WHERE token_usage.status IN ('spent', 'held') AND number <= posted_number GROUP BY user_id
        ) AS spends FULL JOIN (
            SELECT user_id, -sum(tokens) AS tokens FROM ledger_entries
            WHERE cause_kind IN ('usage', 'posting') GROUP BY user_id
        ) AS entries USING (user_id) WHERE coalesce(spends.tokens, 0) <> coalesce(entries.tokens, 0)""",
    "paid purchases that were not credited once": """
        SELECT count(*) FROM purchases LEFT JOIN (
            SELECT cause_id AS purchase_id, count(*) AS times FROM ledger_entries
            WHERE kind = 'credit' AND cause_kind = 'purchase' GROUP BY cause_id
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
