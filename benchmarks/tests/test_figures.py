"""The harness's arithmetic: ratios by rounds, the verdict on a row, and the table."""

import pytest

from benchmarks import report
from benchmarks.figures import Slice, Spread, figure, rates, times
from benchmarks.rounds import take_turns
from benchmarks.targets import ROWS, Goal, Row

TURNS = {
    "shop": [Slice(50, 20.0), Slice(10, 30.0), Slice(60, 10.0)],
    "bare": [Slice(100, 10.0), Slice(100, 10.0), Slice(100, 10.0)],
}


def test_a_ratio_is_taken_round_by_round_and_its_median_reported_with_what_it_lies_between() -> None:
    assert rates(TURNS, "shop", of="bare") == Spread(0.5, 0.1, 0.6)
    assert times(TURNS, "shop", of="bare") == Spread(2, 1, 3)


def test_rounds_that_do_not_pair_up_are_no_ratio() -> None:
    with pytest.raises(ValueError, match="longer"):
        rates({"shop": [Slice(1)], "bare": [Slice(1), Slice(2)]}, "shop", of="bare")


def test_every_side_gets_a_slice_a_round_after_its_warm_up() -> None:
    asked: list[str] = []

    def side(name: str, rate: float) -> Slice:
        asked.append(name)
        return Slice(rate)

    turns = take_turns({"a": lambda seconds: side("a", 1), "b": lambda seconds: side("b", 2)}, rounds=2)
    assert turns == {"a": [Slice(1), Slice(1)], "b": [Slice(2), Slice(2)]}
    assert asked == ["a", "b", "a", "b", "b", "a"]


@pytest.mark.parametrize(
    ("goal", "measured", "verdict"),
    [
        (Goal("rate", 0.4), 0.4, "pass"),
        (Goal("rate", 0.4), 0.399, "MISS"),
        (Goal("time", 3, at_most=True), 3, "pass"),
        (Goal("time", 3, at_most=True), 3.01, "MISS"),
    ],
)
def test_a_row_passes_by_the_median_of_its_figure(goal: Goal, measured: float, verdict: str) -> None:
    assert Row(1, (goal,)).verdict([Spread(measured, 0, 99)]) == verdict


def test_a_row_of_two_figures_passes_only_if_both_do() -> None:
    row = Row(5, (Goal("a", 1), Goal("b", 2)))
    assert row.verdict([Spread.exactly(1), Spread.exactly(2)]) == "pass"
    assert row.verdict([Spread.exactly(9), Spread.exactly(1)]) == "MISS"


@pytest.mark.parametrize(
    ("value", "text"), [(0, "0"), (0.0421, "0.042"), (0.4567, "0.46"), (12.34, "12.3"), (4189.2, "4189"), (3, "3")]
)
def test_figures_are_written_short_and_without_an_exponent(value: float, text: str) -> None:
    assert figure(value) == text


def test_the_table_has_a_verdict_for_every_row_measured_and_the_word_for_a_missed_one_nowhere_else() -> None:
    good = {row.number: [Spread.exactly(goal.target) for goal in row.goals] for row in ROWS}
    table = report.table(good)
    passed = [line.split()[0] for line in table.splitlines() if line.endswith("pass")]
    assert passed == [str(row.number) for row in ROWS]
    assert "MISS" not in table

    good[2] = [Spread(0.3, 0.2, 0.4)]
    assert [line.split()[0] for line in report.table(good).splitlines() if "MISS" in line] == ["2"]


def test_a_row_that_could_not_be_measured_says_why_instead() -> None:
    line = report.table({1: [Spread(0.5, 0.4, 0.6)]}, skipped={12: "there is no spend_many"}).splitlines()[-1]
    assert line.split(maxsplit=1)[0] == "12"
    assert line.endswith("skipped: there is no spend_many")
