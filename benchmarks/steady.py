"""Rows 14 and 16: spends that go on for long, with everything posted: how many a second, and what they leave behind.

In a shop that is busy all the time, a wallet is posted with what a minute has brought. Here a turn of a second stands
for that minute, so it has a sixtieth of the customers: each is posted with as many usages as it would be there.
"""

from __future__ import annotations

from benchmarks import pgbench
from benchmarks.bench import Bench
from benchmarks.figures import Spread, rates
from benchmarks.rounds import SECONDS
from benchmarks.shop import execute
from benchmarks.spends import pool, spend_by, threaded
from tokens.ledger.posting import POSTED_AFTER, post_wallet
from tokens.models import Wallet

THREADS = 8
# Python runs one thread at a time, so more than these wait for each other.
POSTING_THREADS = 4
POSTED_TOGETHER, TIMES = 4_000, 5
# All that a spend and its posting write.
TABLES = ("wallets", "lots", "token_usage", "postings", "ledger_entries", "usage_totals", "daily_totals")


def steady(bench: Bench) -> dict[int, list[Spread]]:
    """The side's time is that of spending and posting together."""
    users = _of_one_turn(bench.people.ids)
    name, limit = f"spend and post, {THREADS}", f"pgbench, random, {THREADS}"
    script = bench.directory / "random.pgbench"
    turns = bench.take_turns(
        {
            limit: pgbench.side(bench.database_url, script, clients=THREADS),
            name: threaded(spend_by(users), THREADS, finish=lambda: _post(users)),
        }
    )
    return {14: [rates(turns, name, of=limit)]}


def weight(bench: Bench) -> dict[int, list[Spread]]:
    """By how much the tables with all their indexes grow, vacuumed before and after."""
    users = _of_one_turn(bench.people.ids)
    spend, before = spend_by(users), _bytes()
    for _ in range(TIMES):
        list(pool(THREADS).map(lambda _: spend(), range(POSTED_TOGETHER)))
        _post(users)
    a_spend = round((_bytes() - before) / (POSTED_TOGETHER * TIMES))
    bench.notes["bytes a spend"] = a_spend
    return {16: [Spread.exactly(a_spend)]}


def _of_one_turn(user_ids: list[int]) -> list[int]:
    return user_ids[: int(len(user_ids) * SECONDS / POSTED_AFTER.total_seconds())]


def _post(user_ids: list[int]) -> None:
    waiting = Wallet.objects.filter(pk__in=user_ids, unposted_since__isnull=False).values_list("pk", flat=True)
    list(pool(POSTING_THREADS).map(post_wallet, waiting))


def _bytes() -> int:
    execute("VACUUM")
    weights = " + ".join(f"pg_total_relation_size('{table}')" for table in TABLES)
    [[found]] = execute(f"SELECT {weights}")
    return int(str(found))
