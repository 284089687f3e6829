"""Row 15: holding tokens and capturing them, beside two spends in the usual way of Django."""

from __future__ import annotations

import random

from benchmarks import people, usual
from benchmarks.bench import Bench
from benchmarks.figures import Spread, rates
from benchmarks.rounds import calling
from benchmarks.shop import settle
from benchmarks.spends import ACTION, METADATA
from tokens.spending.holds import capture, hold

PAIR, USUAL = "hold and capture, 1", "two usual spends, 1"


def holds(bench: Bench) -> dict[int, list[Spread]]:
    usual.plant(bench.people.ids, tokens=people.TOKENS)
    settle()

    def pair() -> None:
        capture(hold(random.choice(bench.people.ids), ACTION, metadata=METADATA))

    def two() -> None:
        user_id = random.choice(bench.people.ids)
        for _ in range(2):
            usual.spend_locked(user_id, ACTION, METADATA)

    turns = bench.take_turns({USUAL: calling(two), PAIR: calling(pair)})
    return {15: [rates(turns, PAIR, of=USUAL)]}
