"""What a kept run becomes: JSON and back, the places of docs/performance.md, and charts."""

from pathlib import Path
from xml.etree import ElementTree

import pytest

from benchmarks import charts, documents, report
from benchmarks.figures import Spread

RESULTS = {
    "conditions": {
        "cores": 2,
        "python": "3.11",
        "postgresql": "18.4",
        "rounds": 5,
        "quick": True,
        "at": "2026-11-26 01:30",
        "bytes a spend": 400,
        "a flush of the disk in µs": "250 [200..300]",
    },
    "rows": {1: [Spread(0.4, 0.3, 0.5)]},
    "skipped": {12: "there is no spend_many"},
    "sides": {
        "pgbench, random, 8": {"rate": Spread(1000, 900, 1100)},
        "spend, random, 8": {"rate": Spread(400, 300, 500), "p50_us": Spread(20, 10, 30)},
        "bare view, 8": {"rate": Spread(9000, 8000, 9999), "p50_us": Spread(400, 300, 500)},
        "balance, 1000 usages": {"rate": Spread(900, 800, 999), "p50_us": Spread(1000, 900, 1100)},
    },
    "findings": [],
}


def test_what_is_kept_is_read_back_as_it_was(tmp_path: Path) -> None:
    report.keep(RESULTS, tmp_path / "results.json")
    assert report.read(tmp_path / "results.json") == RESULTS


def test_every_place_of_figures_in_the_page_exists_once() -> None:
    text = documents.PAGE.read_text()
    for name, figures in documents.places(RESULTS).items():
        text = documents.fill(text, name, figures)
    assert "pgbench's bare statement | 0.40 [0.30..0.50] | ≥ 0.38 (0.42) | pass |\n" in text
    assert "- spends by 8 threads of one process: 400 a second, 34.6 million a day" in text
    assert "400 bytes with its indexes, so a million a day is 146 GB a year" in text


def test_a_place_that_is_not_there_is_named() -> None:
    with pytest.raises(ValueError, match="has 0 places named table"):
        documents.fill("no place", "table", "figures")


def test_charts_are_drawn_for_the_sides_there_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(charts, "DIRECTORY", tmp_path)
    files = charts.draw(RESULTS)
    assert [file.name for file in files] == [f"performance-{name}.svg" for name in ("spends", "http", "reads")]
    for file in files:
        assert ElementTree.parse(file).getroot().tag.endswith("svg")
    assert charts.draw(RESULTS | {"sides": {}}) == []
