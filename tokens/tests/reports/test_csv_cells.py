"""Cells that no spreadsheet takes for a formula, whichever separator it splits a file at, and back again."""

import csv
import io
import re
from pathlib import Path

import pytest
from django.conf import settings
from hypothesis import given
from hypothesis import strategies as st

from devtools.testing.growth import grows_linearly
from tokens.csv_cells import plain, safe, writer_to

SIGNS = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
SEPARATORS = [",", ";", "\t", "|", "\n", "\r"]
ATTACK = "=cmd|'/c calc'!A1"

texts = st.text(alphabet=st.sampled_from("'=+-@,;|\t\r\n\0a \"\xa0\ufeff＝1")) | st.text()


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@sum", "\tx", "\rx", "\nx", "\0x", "＝1", "'=1", "''@x"])
def test_what_looks_like_a_formula_gets_an_apostrophe(text):
    assert safe(text) == f"'{text}"


@pytest.mark.parametrize("separator", SEPARATORS)
@pytest.mark.parametrize("before", ["", " ", '"', '" ', "\xa0", "\ufeff", "'"])
def test_so_does_what_looks_like_one_once_a_cell_is_split(separator, before):
    assert safe(f"a{separator}{before}{ATTACK}") == f"a{separator}{before}'{ATTACK}"


@pytest.mark.parametrize("before", [" ", '"', "'\"", "\xa0"])
def test_blanks_and_quotes_before_a_formula_do_not_hide_it(before):
    assert safe(f"{before}=1") == f"{before}'=1"


@pytest.mark.parametrize("text", ["", "ocean", "a=b", "'tis", "1", "a - b", "x; y, z | w", "🌊", "a,\n b", "1-2;3+4"])
def test_other_text_stays_as_it_is(text):
    assert (safe(text), plain(text)) == (text, text)


def test_a_cell_another_program_made_safe_is_understood():
    assert plain("'=SUM(A1)") == "=SUM(A1)"


@given(texts)
def test_every_text_comes_back_as_it_was(text):
    assert plain(safe(text)) == text
    assert not safe(text).startswith((*SIGNS, "\t", "\r", "\0"))


@given(st.lists(texts, min_size=1, max_size=3))
def test_no_cell_of_a_file_begins_like_a_formula_however_the_file_is_split(cells):
    out = io.StringIO(newline="")
    writer_to(out)(cells)
    for separator in SEPARATORS:
        for cell in re.split(f"[\r\n{separator}]", out.getvalue()):
            assert not cell.lstrip('" \xa0').startswith(SIGNS), separator
        if separator not in "\r\n":
            for row in csv.reader(io.StringIO(out.getvalue(), newline=""), delimiter=separator):
                assert not [cell for cell in row if cell.startswith(SIGNS)]
    read = list(csv.reader(io.StringIO(out.getvalue(), newline="")))
    assert [[plain(cell) for cell in row] for row in read] == [cells]


def test_numbers_stay_numbers():
    out = io.StringIO()
    writer_to(out)(["-5", -5, None, 1.5])
    assert out.getvalue() == "'-5,-5,,1.5\r\n"


@pytest.mark.parametrize("part", ["'", " ", '"', ";", "; ", ";'", "\t", "\0"])
def test_a_cell_is_made_safe_in_time_in_proportion_to_its_length(part):
    assert grows_linearly(lambda size: plain(safe(part * size)), 10_000)


def test_every_csv_file_of_the_shop_is_written_so():
    rooms = ["accounts", "tokens", "memberships", "brands", "soulfra"]
    files = [file for room in rooms for file in (Path(settings.BASE_DIR) / room).rglob("*.py")]
    code = [file for file in files if not {"tests", "testing"} & set(file.parts)]
    writers = [file.name for file in code if re.search(r"csv\.(writer|DictWriter)|from csv import", file.read_text())]
    assert (len(code) > 200, writers) == (True, ["csv_cells.py"])
