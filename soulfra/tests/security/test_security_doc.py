"""docs/security.md answers every requirement of OWASP ASVS 5.0, levels 1 and 2, once and with a reason."""

import re
from pathlib import Path

import pytest

TEXT = (Path(__file__).resolve().parents[3] / "docs" / "security.md").read_text()
VERDICTS = {"met", "n/a", "open"}
# The requirements of levels 1 and 2, in their order: what is missing is of level 3.
RANGES = """
V1.1.1-2 V1.2.1-9 V1.3.1-11 V1.4.1-3 V1.5.1-2
V2.1.1-3 V2.2.1-3 V2.3.1-4 V2.4.1
V3.2.1-2 V3.3.1-4 V3.4.1-6 V3.5.1-5 V3.7.1-2
V4.1.1-3 V4.2.1 V4.3.1-2 V4.4.1-4
V5.1.1 V5.2.1-3 V5.3.1-2 V5.4.1-3
V6.1.1-3 V6.2.1-12 V6.3.1-4 V6.4.1-4 V6.5.1-5 V6.6.1-3 V6.8.1-4
V7.1.1-3 V7.2.1-4 V7.3.1-2 V7.4.1-5 V7.5.1-2 V7.6.1-2
V8.1.1-2 V8.2.1-3 V8.3.1 V8.4.1
V9.1.1-3 V9.2.1-4
V10.1.1-2 V10.2.1-2 V10.3.1-4 V10.4.1-11 V10.5.1-5 V10.6.1-2 V10.7.1-3
V11.1.1-2 V11.2.1-3 V11.3.1-3 V11.4.1-4 V11.5.1 V11.6.1
V12.1.1-3 V12.2.1-2 V12.3.1-4
V13.1.1 V13.2.1-5 V13.3.1-2 V13.4.1-5
V14.1.1-2 V14.2.1-4 V14.3.1-3
V15.1.1-3 V15.2.1-3 V15.3.1-7
V16.1.1 V16.2.1-5 V16.3.1-4 V16.4.1-3 V16.5.1-3
V17.1.1 V17.2.1-4 V17.3.1-2
"""
NUMBER = re.compile(r"V\d+\.\d+\.\d+")
ROW = re.compile(r"\| (V[^|]*) \| ([^|]*) \| (.*) \|")


def numbers_in(ranges):
    for each in ranges.split():
        section, _, numbers = each.rpartition(".")
        first, _, last = numbers.partition("-")
        yield from (f"{section}.{number}" for number in range(int(first), int(last or first) + 1))


LEVELS_1_AND_2 = list(numbers_in(RANGES))


def rows_of(text):
    """(numbers that a row answers, verdict, reason), for each row of the tables of requirements."""
    for line in text.splitlines():
        if line.startswith("| V"):
            match = ROW.fullmatch(line)
            assert match, f"This row cannot be read: {line}"
            told, verdict, reason = match.groups()
            yield answered_by(told), verdict, reason


def answered_by(told):
    """`V1.2.3`, or all requirements from one to another: `V1.2.3–V1.2.5`."""
    ends = told.split("–")
    assert all(NUMBER.fullmatch(end) for end in ends), f"{told} is no number of a requirement."
    assert set(ends) <= set(LEVELS_1_AND_2), f"{told} is not of level 1 or 2."
    return LEVELS_1_AND_2[LEVELS_1_AND_2.index(ends[0]) : LEVELS_1_AND_2.index(ends[-1]) + 1]


def problems_in(text):
    rows = list(rows_of(text))
    answered = [number for numbers, _, _ in rows for number in numbers]
    return {
        "missing": sorted(set(LEVELS_1_AND_2) - set(answered)),
        "twice": sorted({number for number in answered if answered.count(number) > 1}),
        "without a verdict": [numbers for numbers, verdict, _ in rows if verdict not in VERDICTS],
        "without a reason": [numbers for numbers, _, reason in rows if not re.match(r"\*[^*]+\* *\S", reason)],
    }


def test_the_list_is_that_of_both_levels():
    assert (len(LEVELS_1_AND_2), len(set(LEVELS_1_AND_2))) == (253, 253)


def test_every_requirement_is_answered_once():
    assert problems_in(TEXT) == {"missing": [], "twice": [], "without a verdict": [], "without a reason": []}


@pytest.mark.parametrize(
    ("line", "instead", "problem"),
    [
        ("| V6.3.1 |", "| V6.3.2 |", "missing"),
        ("| V6.3.1 |", "| V6.3.2 |", "twice"),
        ("| V6.3.1 | met |", "| V6.3.1 | yes |", "without a verdict"),
        (
            "| V13.2.4 | met | *Known servers only.* Those of the settings, above |",
            "| V13.2.4 | met | yes |",
            "without a reason",
        ),
    ],
)
def test_a_row_that_is_wrong_is_found(line, instead, problem):
    assert line in TEXT
    assert problems_in(TEXT.replace(line, instead))[problem]


@pytest.mark.parametrize("told", ["V6.3", "V6.3.", "V6.3.5", "V99.1.1", "V6.3.1-V6.3.2"])
def test_what_is_no_number_of_these_levels_is_refused(told):
    with pytest.raises(AssertionError):
        list(rows_of(f"| {told} | met | *Something.* Somehow |"))
