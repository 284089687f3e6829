"""Rows 7 and 8: reading a balance and pages of a history, of customers with many and with few usages in turn."""

from __future__ import annotations

from functools import cache

from django.test import Client

from accounts.models import User
from benchmarks import long_ledgers
from benchmarks.bench import Bench
from benchmarks.figures import Spread, times
from benchmarks.people import plant_keys
from benchmarks.rounds import Side, calling
from benchmarks.shop import execute, settle
from tokens.api.usage import UsagePages
from tokens.ledger.wallet import get_token_balance

FEW = 1_000
QUICK_SIZES = [FEW, 100_000]
SIZES = [FEW, 100_000, 1_000_000, 5_000_000]


def long_ledger(bench: Bench) -> dict[int, list[Spread]]:
    """The largest size against the smallest; the sizes between are kept for the charts."""
    sizes = QUICK_SIZES if bench.is_quick else SIZES
    users = long_ledgers.plant(sizes)
    settle()
    many = max(sizes)
    ratios = {}
    for what, side in {"balance": _balance, "first page": _first_page, "half-way page": _half_way_page}.items():
        turns = bench.take_turns({f"{what}, {size} usages": side(users[size]) for size in sizes})
        ratios[what] = times(turns, f"{what}, {many} usages", of=f"{what}, {FEW} usages")
    bench.notes["usages of the long ledger"] = many
    return {7: [ratios["balance"]], 8: [ratios["first page"], ratios["half-way page"]]}


def _balance(user_id: int) -> Side:
    return calling(lambda: get_token_balance(user_id))


def _first_page(user_id: int) -> Side:
    return _page(user_id, {})


def _half_way_page(user_id: int) -> Side:
    [[count]] = execute("SELECT last_number FROM wallets WHERE user_id = %s", user_id)
    return _page(user_id, {"cursor": UsagePages.cursor_after(int(str(count)) // 2, UsagePages.of)})


def _page(user_id: int, query: dict[str, str]) -> Side:
    """A page of 50 spends through the API's own door, in this process."""
    user = User.objects.get(pk=user_id)
    shop = Client(headers={"Authorization": f"Bearer {_key_of(user)}"})

    def read() -> None:
        answer = shop.get("/api/tokens/usage", query)
        if answer.status_code != 200 or answer.json()["count"] != 50:
            raise RuntimeError(f"A page of spends was answered {answer.status_code}: {answer.content[:200]!r}")

    return calling(read)


@cache
def _key_of(user: User) -> str:
    [key] = plant_keys([user])
    return key
