"""One run: what every measurement needs, and what each of them leaves behind."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.figures import Spread, Turns
from benchmarks.people import People
from benchmarks.rounds import Side, take_turns


class Skipped(Exception):
    """A row cannot be measured; the message says why."""


@dataclass
class Bench:
    """`directory` is for files of this run; `sides` collects how fast each side was, for the charts."""

    database_url: str
    directory: Path
    people: People
    rounds: int
    is_quick: bool
    sides: dict[str, dict[str, Spread]] = field(default_factory=dict)
    notes: dict[str, float] = field(default_factory=dict)

    def take_turns(self, sides: dict[str, Side]) -> Turns:
        turns = take_turns(sides, rounds=self.rounds)
        self.keep(turns)
        return turns

    def keep(self, turns: Turns) -> None:
        """How fast each side was in its turns."""
        for name, slices in turns.items():
            times = [one.p50_us for one in slices if one.p50_us is not None]
            self.sides[name] = {"rate": Spread.of([one.rate for one in slices])}
            if times:
                self.sides[name]["p50_us"] = Spread.of(times)


# The figures of one or more rows, in the order of their goals.
Measure = Callable[[Bench], dict[int, list[Spread]]]
