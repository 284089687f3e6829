"""Every file people may send: what each row asks for, or a sentence that says why it cannot be read."""

import io
from pathlib import Path
from typing import Any

import pytest

from brands.bulk_import.rows import MOST_ROWS, read_csv
from brands.bulk_import.text import MOST_BYTES, read_file, read_stream
from brands.errors import BadFile, FileTooLarge

SAMPLES = Path(__file__).parents[3] / "docs" / "samples"
CATEGORIES = ["tech", "cooking"]


def rows(text):
    data = text if isinstance(text, bytes) else text.encode()
    return list(read_csv(data).rows(CATEGORIES))


def row(text):
    (found,) = rows(text)
    return found


def test_the_columns_may_stand_in_any_order_and_be_named_with_capitals():
    found = row("Tagline,DOMAIN,Brand Type,Category,Tier\nWarm bread,Ocean.COM,blog,Tech,creative\n")
    assert (found.line, found.given, found.verdict, found.domain) == (2, "Ocean.COM", "new", "ocean.com")
    assert found.fields == {
        "tagline": "Warm bread",
        "brand_type": "blog",
        "category_id": "tech",
        "tier": "creative",
    }


@pytest.mark.parametrize(
    "text",
    [
        "\ufeffname,domain\r\nOcean,ocean.com\r\n",
        "name;domain\nOcean;ocean.com",
        "name\tdomain\rOcean\tocean.com\r",
        '"name","domain"\n"Ocean","ocean.com"\n\n,\n',
        '# a, comment with “quotes” and a "\n\nname,domain\n  # another,"\nOcean, ocean.com\n#the end',
        "domain,name\nocean.com,Ocean",
        "sep=|\r\nname|domain\r\nOcean|ocean.com\r\n",
        "name\tdomain\r\nOcean\tocean.com\r\n".encode("utf-16"),
        b"\xfe\xff" + "name;domain\nOcean;ocean.com".encode("utf-16-be"),
    ],
    ids=[
        "byte order mark and CRLF",
        "semicolons",
        "tabs and CR",
        "quotes",
        "comments",
        "another order",
        "a named separator",
        "Unicode text of Excel",
        "big-endian",
    ],
)
def test_files_of_many_programs_say_the_same(text):
    found = row(text)
    assert (found.domain, found.fields["name"]) == ("ocean.com", "Ocean")


def test_a_quoted_cell_may_hold_separators_quotes_and_what_looks_like_a_comment():
    found = row('domain,tagline\nocean.com,"Fish, ""chips"",\n# and more"\n')
    assert found.fields == {"tagline": 'Fish, "chips",\n# and more'}


def test_a_row_whose_first_cell_is_quoted_and_begins_with_a_hash_is_no_comment():
    assert row('tagline,domain\n"#1 fish",ocean.com').fields == {"tagline": "#1 fish"}


def test_columns_that_mean_nothing_are_left_out_and_named():
    file = read_csv(b"domain,Price,name,paid by,\nocean.com,10,Ocean,me,\n")
    assert file.header.notices == ("Unused columns: Price, paid by.",)
    assert [found.fields for found in file.rows(CATEGORIES)] == [{"name": "Ocean"}]


def test_each_row_that_cannot_be_imported_says_why():
    found = rows(
        "domain,category,name,is_test\n"
        "ocean.com,tech,Ocean,yes\n"
        "https://www.OCEAN.com/x,tech,Again,\n"
        "nas.local,tech,Mine,\n"
        "sea.com,fishing,Sea,\n"
        "lake.com,tech,Lake,perhaps\n"
        ",tech,None,\n"
        "river.com,tech,Fish, chips,and more\n"
        f"pond.com,tech,{'x' * 121}\n"
        "localhost,,,\n"
    )
    assert [(each.line, each.verdict) for each in found] == [
        (2, "new"),
        (3, "duplicate"),
        *((line, "invalid") for line in range(4, 11)),
    ]
    said = [each.why for each in found[1:]]
    assert said[0] == "The same domain is on line 2."
    for sentence, words in zip(
        said[1:],
        [
            "public suffix",
            "Unknown category “fishing”",
            "true",
            "Enter a domain",
            "5 cells",
            "at most 120",
            "missing a suffix",
        ],
        strict=True,
    ):
        assert words in sentence


def test_a_short_row_is_imported_and_says_that_cells_are_missing():
    found = row("domain,name,tagline\nocean.com,Ocean\n")
    assert (found.fields, found.notes) == ({"name": "Ocean"}, ("The row has 2 of 3 cells; the rest stays empty.",))


def test_what_was_changed_about_a_domain_is_said():
    found = row("domain\nhttps://www.ocean.com/shop\n")
    assert found.notes == ("We shortened https://www.ocean.com/… to ocean.com.",)


def test_cells_that_look_like_formulas_are_text_and_come_back_as_they_were_exported():
    found = row("domain,name,tagline,purpose\nocean.com,=1+1,'=cmd|' /C calc'!A0,-2+3\n")
    assert found.fields == {"name": "=1+1", "tagline": "=cmd|' /C calc'!A0", "purpose": "-2+3"}


def test_emoji_with_joiners_and_names_in_other_scripts_are_kept():
    found = rows("domain,emoji,name\nbücher.de,👩‍👩‍👧‍👦,Bücher\n例え.jp,🏴‍☠️,例え\npаypal.com,💧,Forged\n")
    assert [(each.domain, each.fields["emoji"], each.is_lookalike) for each in found] == [
        ("xn--bcher-kva.de", "👩‍👩‍👧‍👦", False),
        ("xn--r8jz45g.jp", "🏴‍☠️", False),
        ("xn--pypal-4ve.com", "💧", True),
    ]


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "empty"),
        (b" \r\n\n", "empty"),
        (b"\xef\xbb\xbf", "empty"),
        (b"name,domain\r\n", "no row after it"),
        (b"# only\n# comments\n", "nothing but comments"),
        (b"name,city\nOcean,Oslo\n", "“domain” among them.*It is: name, city"),
        (b"My domains\nocean.com\nsea.com\n", "must name the columns"),
        (b"domain,type,brand_type\nocean.com,blog,blog\n", "Two columns are named “brand_type”"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "not text"),
        (b"PK\x03\x04rest", "spreadsheet or an archive"),
        (b"\xd0\xcf\x11\xe0rest", "older Excel"),
        (b"%PDF-1.7", "a PDF"),
        (b"\xff\xfe\x00", "begins as UTF-16 does, but is not. Save it as “CSV UTF-8”"),
        ("domain,name\nsea.com,Sea\nbucher.de,Bücher\n".encode("latin-1"), "Line 3 is not in UTF-8.*CSV UTF-8"),
        ("domain,name\rsea.com,Sea\r\nbucher.de,Bücher\r".encode("latin-1"), "Line 3 is not in UTF-8"),
        (b'{"domains": [{"domain": "ocean.com"}]}', "This is JSON, not CSV. Export it as CSV"),
        (b'\n [\n  "ocean.com",\n  "sea.com"\n]', "This is JSON, not CSV"),
        (b'{"domain": "ocean.com"}\n{"domain": "sea.com"}\n', "This is JSON, not CSV"),
        (b"<!DOCTYPE html>\n<p>Sign in", "a web page or XML, not CSV"),
        (b'domain,name\nocean.com,"Ocean\nsea.com,Sea\n', "quote that opens in the record on line 2 is never closed"),
        (b'domain,name\nocean.com,"Ocean\n' + b"sea.com,Sea\n" * 20_000, "on line 2 is never closed"),
        (b'domain,name\nocean.com,"Oce"an\n', "record on line 2, text follows a closing quote"),
        (b"domain,name\nocean.com," + b"x" * 200_000, "cell on line 2 has more than 131,072 characters"),
    ],
)
def test_a_file_that_is_none_is_refused_with_a_sentence(data, why):
    with pytest.raises(BadFile, match=why):
        rows(data)


def test_a_file_has_at_most_ten_thousand_rows():
    lines = ["domain", *(f"d{number}.com" for number in range(MOST_ROWS))]
    assert len(rows("\n".join(lines))) == MOST_ROWS
    with pytest.raises(FileTooLarge, match="more than 10,000 rows"):
        rows("\n".join([*lines, "one-more.com"]))


class EndlessLine(io.RawIOBase):
    """A gigabyte without a line break; counts what is read of it."""

    left, was_read = 10**9, 0

    def readable(self):
        return True

    def read(self, size=-1):
        assert size >= 0, "asked for all of it"
        given = min(size, self.left)
        self.left, self.was_read = self.left - given, self.was_read + given
        return b"x" * given


def test_a_gigabyte_in_one_line_is_refused_without_being_read():
    line: Any = EndlessLine()
    with pytest.raises(FileTooLarge, match="more than 5 MB"):
        read_stream(line)
    assert line.was_read == MOST_BYTES + 1


def test_a_file_that_is_not_there_is_said(tmp_path):
    with pytest.raises(BadFile, match="cannot be read: No such file"):
        read_file(tmp_path / "none.csv")


@pytest.mark.parametrize(("name", "count"), [("domains-20", 20), ("test-domains-50", 50), ("domains-100", 100)])
def test_every_row_of_the_samples_is_fit_for_import(name, count):
    categories = "cooking tech privacy business health art education gaming finance local".split()
    found = list(read_csv(read_file(SAMPLES / f"{name}.csv")).rows(categories))
    assert len(found) == count
    assert {(each.verdict, each.notes, each.fields.get("is_test", False)) for each in found} == {
        ("new", (), name.startswith("test"))
    }
