"""The arithmetic: slices of sides, ratios round by round, and the median with what it lies between."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True)
class Slice:
    """What one side did in one turn: `rate` in operations a second, `p50_us` the median time of one, if it is known."""

    rate: float
    p50_us: float | None = None


@dataclass(frozen=True)
class Spread:
    """A median and the lowest and highest value beside it."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Spread:
        return cls(median(values), min(values), max(values))

    @classmethod
    def exactly(cls, value: float) -> Spread:
        """For what is counted rather than measured."""
        return cls(value, value, value)

    def __str__(self) -> str:
        middle, low, high = (figure(value) for value in (self.median, self.low, self.high))
        return middle if low == high else f"{middle} [{low}..{high}]"


Turns = dict[str, list[Slice]]


def rates(turns: Turns, side: str, *, of: str) -> Spread:
    """How many times the other side's rate, round by round."""
    return Spread.of([mine.rate / other.rate for mine, other in zip(turns[side], turns[of], strict=True)])


def times(turns: Turns, side: str, *, of: str) -> Spread:
    """How many times as long as one operation of the other side takes, by their medians, round by round."""
    return Spread.of([p50_us(mine) / p50_us(other) for mine, other in zip(turns[side], turns[of], strict=True)])


def p50_us(turn: Slice) -> float:
    if turn.p50_us is None:
        raise ValueError("This side does not know its median time.")
    return turn.p50_us


def figure(value: float) -> str:
    """Three figures, without an exponent."""
    if value == int(value) or abs(value) >= 100:
        return f"{value:.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}" if abs(value) >= 0.1 else f"{value:.3f}"
