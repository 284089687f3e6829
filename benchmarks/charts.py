"""The charts of docs/performance.md: bars, drawn as SVG by hand, with the lowest and highest round as a line."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from pathlib import Path

from benchmarks.figures import Spread, figure
from benchmarks.report import Results
from devtools.venv import ROOT

DIRECTORY = ROOT / "docs"
WIDTH, LABELS, FIGURES, BAR, HEAD = 760, 250, 130, 22, 44
OURS, OTHERS = "#2563eb", "#9ca3af"


@dataclass(frozen=True)
class Bar:
    label: str
    value: Spread
    is_ours: bool


def draw(results: Results) -> list[Path]:
    """Draw whatever of the charts the results have sides for; the files."""
    sides = results["sides"]
    drawn = {
        "spends": _bars("Spends a second, beside pgbench's bare statement", _spends(sides)),
        "http": _bars("Requests a second at 8 connections, on the same two cores", _requests(sides)),
        "reads": _bars("Milliseconds of a read, by the number of a customer's usages", _reads(sides)),
    }
    files = []
    for name, svg in drawn.items():
        if svg:
            files.append(DIRECTORY / f"performance-{name}.svg")
            files[-1].write_text(svg)
    return files


def _spends(sides: dict[str, dict[str, Spread]]) -> list[Bar]:
    found = []
    for who, clients in ((who, clients) for who in ("random", "hot") for clients in (1, 8, 32)):
        for what in ("pgbench", "spend", "spend_many"):
            side = sides.get(f"{what}, {who}, {clients}")
            if side:
                wallets = "10 k wallets" if who == "random" else "one wallet"
                label = f"{what}, {wallets}, {clients} client{'s' if clients > 1 else ''}"
                found.append(Bar(label, side["rate"], what != "pgbench"))
    return found


def _requests(sides: dict[str, dict[str, Spread]]) -> list[Bar]:
    others = ("bare view, 8", "construct_event, 8", "stock HTTP spend, 8")
    ours = [name for name in sides if name.startswith(("HTTP", "webhook")) and name.endswith(", 8")]
    names = [name for name in others if name in sides] + ours
    return [Bar(name.removesuffix(", 8"), sides[name]["rate"], name in ours) for name in names]


def _reads(sides: dict[str, dict[str, Spread]]) -> list[Bar]:
    names = [name for name in sides if name.endswith(" usages")]
    found = []
    for name in names:
        us = sides[name]["p50_us"]
        what, _, size = name.removesuffix(" usages").rpartition(", ")
        in_ms = Spread(us.median / 1000, us.low / 1000, us.high / 1000)
        found.append(Bar(f"{what}, {int(size):,} usages", in_ms, True))
    return found


def _bars(title: str, bars: list[Bar]) -> str:
    if not bars:
        return ""
    # The highest median gives the scale; what a lucky round reached beyond it is cut off.
    scale = (WIDTH - LABELS - FIGURES) / max(bar.value.median for bar in bars)
    height = HEAD + BAR * len(bars) + 10
    rows = "\n".join(_bar(bar, HEAD + BAR * place, scale) for place, bar in enumerate(bars))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" '
        f'font-family="system-ui, sans-serif" font-size="13">\n'
        f"<title>{escape(title)}</title>\n"
        f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>\n'
        f'<text x="10" y="24" font-size="15" font-weight="600">{escape(title)}</text>\n{rows}\n</svg>\n'
    )


def _bar(bar: Bar, y: int, scale: float) -> str:
    middle, end = y + BAR // 2, LABELS + bar.value.median * scale
    low, high = (LABELS + min(value, bar.value.median * 1.2) * scale for value in (bar.value.low, bar.value.high))
    colour = OURS if bar.is_ours else OTHERS
    return (
        f'<text x="{LABELS - 8}" y="{middle + 4}" text-anchor="end">{escape(bar.label)}</text>'
        f'<rect x="{LABELS}" y="{y + 4}" width="{end - LABELS:.1f}" height="{BAR - 8}" fill="{colour}"/>'
        f'<path d="M{low:.1f} {middle}H{high:.1f}" stroke="#111827"/>'
        f'<text x="{max(end, high) + 6:.1f}" y="{middle + 4}">{figure(bar.value.median)}</text>'
    )
