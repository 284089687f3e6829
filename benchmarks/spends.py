"""Rows 1, 2, 3, 12, 20 and 21: `spend` as an app calls it, in threads of this process, beside pgbench's bare one."""

from __future__ import annotations

import itertools
import random
import secrets
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from statistics import median

from accounts.api_keys import CallingKey
from accounts.models import ApiKey, KeyCaps
from benchmarks import pgbench
from benchmarks.bench import Bench
from benchmarks.figures import Slice, Spread, rates
from benchmarks.rounds import Side
from benchmarks.shop import execute, settle
from tokens.models import Wallet
from tokens.spending import spends

ACTION, METADATA = "import_domain", {"domain": "ocean-dreams.com"}
AT_ONCE = 50
NO_KEYS: Mapping[int, CallingKey] = {}

WITH_NONE = {"day_limit": None, "month_limit": None, "alert_below": 0, "top_up_below": None, "top_up_is_armed": False}
WITH_ALL = {"day_limit": 10**9, "month_limit": 10**9, "alert_below": 10, "top_up_below": 5, "top_up_is_armed": True}

# One call that spends something: how many tokens were spent.
Spend = Callable[[], int]


def eight_threads(bench: Bench) -> dict[int, list[Spread]]:
    return {1: [_beside_pgbench(bench, "random", 8)]}


def one_thread(bench: Bench) -> dict[int, list[Spread]]:
    return {2: [_beside_pgbench(bench, "random", 1)]}


def hot_wallet(bench: Bench) -> dict[int, list[Spread]]:
    return {3: [_beside_pgbench(bench, "hot", 8)]}


def other_clients(bench: Bench) -> dict[int, list[Spread]]:
    """No row of the table: one hot wallet by one client, and everything by 32."""
    for who, clients in (("hot", 1), ("random", 32), ("hot", 32)):
        _beside_pgbench(bench, who, clients)
    return {}


def many_at_once(bench: Bench) -> dict[int, list[Spread]]:
    """Fifty spends of the hot wallet in one call, by 8 threads, beside single ones by 8 threads."""
    hot, wanted, key = bench.people.hot, [(ACTION, METADATA)] * AT_ONCE, _keys()
    turns = bench.take_turns(
        {
            "spend, hot, 8": threaded(spend_by([hot]), 8),
            "spend_many, hot, 8": threaded(lambda: len(spends.spend_many(hot, wanted, idempotency_key=key())), 8),
        }
    )
    return {12: [rates(turns, "spend_many, hot, 8", of="spend, hot, 8")]}


def guarded(bench: Bench) -> dict[int, list[Spread]]:
    """By one thread: every other wallet has limits, an alert and an automatic top-up, the rest have none of them."""
    as_planted = Wallet.objects.values(*WITH_NONE).get(pk=bench.people.ids[0])
    plain, with_all = guard(bench.people.ids)
    settle()
    try:
        turns = bench.take_turns(
            {
                "spend, plain, 1": threaded(spend_by(plain), 1),
                "spend, guarded, 1": threaded(spend_by(with_all), 1),
            }
        )
    finally:  # the rows after this one are of wallets as they were
        Wallet.objects.filter(pk__in=bench.people.ids).update(**as_planted)
        settle()
    return {20: [rates(turns, "spend, guarded, 1", of="spend, plain, 1")]}


def by_keys(bench: Bench) -> dict[int, list[Spread]]:
    """By one thread: without an API key, by keys without caps, and by the keys of the other half, which get some."""
    half = len(bench.people.ids) // 2
    plain, with_caps = bench.people.ids[:half], bench.people.ids[half:]
    most = [KeyCaps(user_id=user_id, day_limit=10**9, month_limit=10**9) for user_id in with_caps]
    for caps in KeyCaps.objects.bulk_create(most):
        ApiKey.objects.filter(user=caps.user_id).update(caps=caps)
    turns = bench.take_turns(
        {
            "spend, no key, 1": threaded(spend_by(plain), 1),
            "spend, key, 1": threaded(spend_by(plain, _keys_of(plain)), 1),
            "spend, capped key, 1": threaded(spend_by(with_caps, _keys_of(with_caps)), 1),
        }
    )
    times = rates(turns, "spend, key, 1", of="spend, capped key, 1")  # the rate of one is the time of the other
    return {21: [times, rates(turns, "spend, key, 1", of="spend, no key, 1")]}


def _keys_of(user_ids: list[int]) -> dict[int, CallingKey]:
    keys = ApiKey.objects.filter(user__in=user_ids)
    return {key.user_id: CallingKey(key.pk, key.caps_id) for key in keys}


def guard(user_ids: list[int]) -> tuple[list[int], list[int]]:
    """Those of these users who now have neither limit, alert nor top-up, and those who have all; a spend meets none."""
    plain, with_all = user_ids[::2], user_ids[1::2]
    Wallet.objects.filter(pk__in=plain).update(**WITH_NONE)
    Wallet.objects.filter(pk__in=with_all).update(**WITH_ALL)
    return plain, with_all


def threaded(spend: Spend, threads: int, *, finish: Callable[[], object] = lambda: None) -> Side:
    """So many threads that spend without a pause; the rate is in tokens. Their connections stay open for next time.

    What `finish` does when all of them have ended counts as if they did it. Raises RuntimeError when what was answered
    is not what was written.
    """

    def work(end: float) -> tuple[int, list[float]]:
        spent, times, now = 0, [], time.perf_counter()
        while now < end:
            began = now
            spent += spend()
            now = time.perf_counter()
            times.append(now - began)
        return spent, times

    def side(seconds: int) -> Slice:
        written = _written()
        began = time.perf_counter()
        done = list(pool(threads).map(work, [began + seconds] * threads))
        finish()
        elapsed = time.perf_counter() - began
        times = list(itertools.chain.from_iterable(times for _, times in done))
        answered = sum(spent for spent, _ in done)
        if answered != _written() - written:
            raise RuntimeError(f"{answered} tokens were spent, it was said; {_written() - written} are written down")
        return Slice(answered / elapsed, median(times) * 1e6)

    return side


def _beside_pgbench(bench: Bench, who: str, clients: int) -> Spread:
    shop, limit = f"spend, {who}, {clients}", f"pgbench, {who}, {clients}"
    wallets = [bench.people.hot] if who == "hot" else bench.people.ids
    script = bench.directory / f"{who}.pgbench"
    turns = bench.take_turns(
        {
            limit: pgbench.side(bench.database_url, script, clients=clients),
            shop: threaded(spend_by(wallets), clients),
        }
    )
    return rates(turns, shop, of=limit)


def spend_by(user_ids: list[int], api_keys: Mapping[int, CallingKey] = NO_KEYS) -> Spend:
    """Spends one token of a random one of these users, each time under an idempotency key of its own."""
    key = _keys()

    def spend() -> int:
        user_id = random.choice(user_ids)
        spent = spends.spend_once(user_id, ACTION, metadata=METADATA, key=key(), api_key=api_keys.get(user_id))
        return spent.usage.tokens_spent

    return spend


def _keys() -> Callable[[], str]:
    run, count = secrets.token_hex(8), itertools.count()
    return lambda: f"{run}-{next(count)}"


def _written() -> int:
    [[tokens]] = execute("SELECT coalesce(sum(tokens_spent), 0) FROM token_usage")
    return int(str(tokens))


@cache
def pool(threads: int) -> ThreadPoolExecutor:
    """The same threads each time, with their connections."""
    return ThreadPoolExecutor(threads)
