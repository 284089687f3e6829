"""A chart of stacked bars as numbers for an SVG: its template only writes them down."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib.humanize.templatetags.humanize import intcomma

from tokens.wording import counted

WIDTH, HEIGHT = 720, 220
LEFT, RIGHT, TOP, BOTTOM = 52, 8, 10, 24
LINES, MOST_LABELS = 4, 6
SERIES = 6  # colours there are


@dataclass(frozen=True)
class Column:
    """What stands above one label: a figure for each series, in their order."""

    label: str
    figures: Sequence[int]


@dataclass(frozen=True)
class Bar:
    x: float
    y: float
    width: float
    height: float
    series: int
    title: str


@dataclass(frozen=True)
class Chart:
    """Places in a box of `width` by `height`: `grid` is (y, label), `labels` (x, text)."""

    bars: list[Bar]
    grid: list[tuple[float, str]]
    labels: list[tuple[float, str]]
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right: int = WIDTH - RIGHT
    baseline: int = HEIGHT - 6


def chart_of(columns: Sequence[Column], names: Sequence[str]) -> Chart:
    """The chart of some columns; `names` are those of the series, at most as many as there are colours."""
    step = _step(max((sum(column.figures) for column in columns), default=0))
    tallest, room = step * LINES, HEIGHT - TOP - BOTTOM
    slot = (WIDTH - LEFT - RIGHT) / max(1, len(columns))
    bars = []
    for nth, column in enumerate(columns):
        y = float(HEIGHT - BOTTOM)
        for series, figure in enumerate(column.figures):
            if figure:
                height = room * figure / tallest
                y -= height
                title = f"{column.label}, {names[series]}: {counted(figure, 'token')}"
                x, width, y_shown = round(LEFT + slot * (nth + 0.1), 2), round(slot * 0.8, 2), round(y, 2)
                bars.append(Bar(x, y_shown, width, round(height, 2), series, title))
    grid = [(round(HEIGHT - BOTTOM - room * n / LINES, 2), intcomma(step * n)) for n in range(LINES + 1)]
    every = -(-len(columns) // MOST_LABELS) or 1
    labels = [
        (round(LEFT + slot * (nth + 0.5), 2), column.label) for nth, column in enumerate(columns) if nth % every == 0
    ]
    return Chart(bars, grid, labels)


def _step(most: int) -> int:
    """The distance of the lines, so that the highest is not below the highest bar: 1, 2 or 5 and noughts."""
    ten = 1
    while True:
        for step in (ten, 2 * ten, 5 * ten):
            if step * LINES >= most:
                return step
        ten *= 10
