"""Cells that no spreadsheet takes for a formula, and back again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brands.bulk_import.cells import plain, safe


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@sum", "\tx", "\rx", "\nx", "\0x", "＝1", "'=1", "''@x"])
def test_what_looks_like_a_formula_gets_an_apostrophe(text):
    assert safe(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", "ocean", "a=b", "'tis", "1", " =1", "🌊"])
def test_other_text_stays_as_it_is(text):
    assert (safe(text), plain(text)) == (text, text)


def test_a_cell_another_program_made_safe_is_understood():
    assert plain("'=SUM(A1)") == "=SUM(A1)"


@given(st.text(alphabet=st.sampled_from("'=+-@\t\r\n\0a ＝1")) | st.text())
def test_every_text_comes_back_as_it_was(text):
    assert plain(safe(text)) == text
    assert not safe(text).startswith(("=", "+", "-", "@", "\t", "\r", "\0"))
