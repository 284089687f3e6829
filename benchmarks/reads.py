"""Rows 7, 8 and 19: what customers with many and with few usages read, in turn."""

from __future__ import annotations

from functools import cache

from django.core.management import call_command
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
A_MILLION = 1_000_000
SIZES = [FEW, 100_000, A_MILLION, 5_000_000]
OVER_TIME = {
    "usage page": "/tokens/usage",
    "usage by day": "/api/tokens/usage/summary?by=day&since=2020-01-01T00:00:00Z",
    "statement page": "/tokens/statement",
}


def long_ledger(bench: Bench) -> dict[int, list[Spread]]:
    """The largest size against the smallest; the sizes between are kept for the charts."""
    sizes = QUICK_SIZES if bench.is_quick else SIZES
    users = long_ledgers.plant(sizes)
    settle()
    many = max(sizes)
    ratios = {}
    for what, side in {"balance": _balance, "first page": _first_page, "half-way page": _half_way_page}.items():
        ratios[what] = _ratio(bench, what, {size: side(users[size]) for size in sizes})
    call_command("collectstatic", verbosity=0, interactive=False, skip_checks=True)  # pages name their files
    over_time = [
        _ratio(bench, what, {size: _read(users[size], address) for size in sizes if size <= A_MILLION})
        for what, address in OVER_TIME.items()
    ]
    bench.notes["usages of the long ledger"] = many
    return {7: [ratios["balance"]], 8: [ratios["first page"], ratios["half-way page"]], 19: over_time}


def _ratio(bench: Bench, what: str, sides: dict[int, Side]) -> Spread:
    """How long the largest size takes, in times of the smallest."""
    turns = bench.take_turns({f"{what}, {size} usages": side for size, side in sides.items()})
    return times(turns, f"{what}, {max(sides)} usages", of=f"{what}, {min(sides)} usages")


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


def _read(user_id: int, address: str) -> Side:
    """A page of the shop, or a call of its API, as the customer's browser asks for it; in this process."""
    shop = Client()
    shop.force_login(User.objects.get(pk=user_id))

    def read() -> None:
        answer = shop.get(address)
        if answer.status_code != 200:
            raise RuntimeError(f"{address} was answered {answer.status_code}: {answer.content[:200]!r}")

    return calling(read)


@cache
def _key_of(user: User) -> str:
    [key] = plant_keys([user])
    return key
