"""Sides in turn: every one is warmed up, then each round gives each of them one slice of time."""

from __future__ import annotations

import time
from collections.abc import Callable
from statistics import median

from benchmarks.figures import Slice, Turns

# A side works for so many seconds and says what it did.
Side = Callable[[int], Slice]
SECONDS = 1


def take_turns(sides: dict[str, Side], *, rounds: int) -> Turns:
    """Each side's slices, one a round. Every other round goes backwards: no side always follows the same one."""
    for side in sides.values():
        side(SECONDS)
    turns: Turns = {name: [] for name in sides}
    for round in range(rounds):
        order = list(sides.items())
        for name, side in reversed(order) if round % 2 else order:
            turns[name].append(side(SECONDS))
    return turns


def calling(function: Callable[[], object]) -> Side:
    """A side that calls a function, over and over, in this thread."""

    def side(seconds: int) -> Slice:
        times = []
        now = time.perf_counter()
        end = now + seconds
        while now < end:
            began = now
            function()
            now = time.perf_counter()
            times.append(now - began)
        return Slice(len(times) / sum(times), median(times) * 1e6)

    return side
