"""Rows 4, 5, 6 and 18: a spend and a balance by API key over HTTP, beside a bare view and other ways."""

from __future__ import annotations

import contextlib
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks import wrk
from benchmarks.bench import Bench
from benchmarks.figures import Spread, Turns, rates, times
from benchmarks.rounds import Side
from benchmarks.shop import served

# So many that each process has had one, and has built what it builds once.
REQUESTS_TO_WAKE = 40


@dataclass(frozen=True)
class Servers:
    """The addresses of the shop and of the reference views, each with the settings of `./dev serve`."""

    shop: str
    references: str
    keys: Path
    stock_tokens: Path

    def bare(self, connections: int) -> Side:
        return wrk.side(f"{self.references}/bare", "plain", connections=connections)

    def balance(self, connections: int) -> Side:
        address = f"{self.shop}/api/tokens/balance"
        return wrk.side(address, "balance", connections=connections, arguments=lambda: [str(self.keys)])

    def spend(self, connections: int) -> Side:
        given = wrk.fresh(str(self.keys), "Bearer")
        return wrk.side(f"{self.shop}/api/tokens/spend", "spend", connections=connections, arguments=given)

    def stock_spend(self, connections: int) -> Side:
        given = wrk.fresh(str(self.stock_tokens), "Token")
        return wrk.side(f"{self.references}/stock/spend", "spend", connections=connections, arguments=given)


@contextlib.contextmanager
def servers(bench: Bench) -> Iterator[Servers]:
    wrk.make_ready()
    keys, stock_tokens = bench.people.write_keys(bench.directory)
    with served("soulfra.wsgi:application") as shop, served("benchmarks.wsgi:application") as references:
        for _ in range(REQUESTS_TO_WAKE):
            for address in (f"{shop}/api/tokens/packages", f"{references}/bare"):
                urllib.request.urlopen(address, timeout=60).close()  # noqa: S310  loopback
        yield Servers(shop, references, keys, stock_tokens)


def one_connection(bench: Bench) -> dict[int, list[Spread]]:
    turns = _beside_a_bare_view(bench, 1)
    return {
        4: [times(turns, "HTTP spend, 1", of="bare view, 1")],
        6: [times(turns, "HTTP balance, 1", of="bare view, 1")],
    }


def eight_connections(bench: Bench) -> dict[int, list[Spread]]:
    turns = _beside_a_bare_view(bench, 8)
    others = ("bare view, 8", "stock HTTP spend, 8")
    return {5: [rates(turns, "HTTP spend, 8", of=other) for other in others]}


def fast_path(bench: Bench) -> dict[int, list[Spread]]:
    """The shop as it is served, beside one that answers the same calls by REST framework's view."""
    with servers(bench) as at, served("benchmarks.plain:application") as plain:
        sides = {"HTTP spend, 8": at.spend(8), "HTTP spend, plain view, 8": replace(at, shop=plain).spend(8)}
        turns = bench.take_turns(sides)
    return {18: [rates(turns, "HTTP spend, 8", of="HTTP spend, plain view, 8")]}


def thirty_two_connections(bench: Bench) -> dict[int, list[Spread]]:
    """No row of the table."""
    _beside_a_bare_view(bench, 32)
    return {}


def _beside_a_bare_view(bench: Bench, connections: int) -> Turns:
    with servers(bench) as at:
        sides = {
            "bare view": at.bare(connections),
            "HTTP spend": at.spend(connections),
            "HTTP balance": at.balance(connections),
            "stock HTTP spend": at.stock_spend(connections),
        }
        return bench.take_turns({f"{name}, {connections}": side for name, side in sides.items()})
