"""Files that are made to take long: the work they make grows with their size, and no faster."""

import pytest

from brands.bulk_import.rows import read_csv
from brands.errors import BadDomain, BadFile
from brands.names import parse_domain
from devtools.testing.growth import grows_linearly


def in_full(text):
    try:
        file = read_csv(text.encode())
        return [*file.rows(["tech"])], file.notices
    except BadFile as error:
        return error


NASTY = {
    "columns": lambda size: ",".join(f"c{number}" for number in range(size)) + "\nocean.com",
    "cells in a row": lambda size: "domain\n" + "x," * size,
    "cells in a row far below": lambda size: "domain\n" + "a.com\n" * 50 + "x," * size,
    "empty lines": lambda size: "domain\n" + "\n" * size + "ocean.com",
    "comments": lambda size: "#\n" * size + "domain\nocean.com",
    "comments that could be headings": lambda size: "#url\n" * size + "domain\nocean.com",
    "a line": lambda size: "x" * size,
    "dots": lambda size: "domain\n" + "." * min(size, 130_000),
    "a quote that is never closed": lambda size: 'domain,name\nocean.com,"' + "sea.com,x\n" * size,
    "quotes": lambda size: "domain\n" + '"' * size,
    "apostrophes": lambda size: "domain,name\n" + ("'" * 1000 + ",x\n") * (size // 1000),
    "rows that are not fit": lambda size: "domain\n" + "".join(f"é_é.{n}.com\n" for n in range(size // 40)),
    "brackets": lambda size: "[ " * size,
    "all separators": lambda size: "domain\n" + ",;\t|" * size,
}


@pytest.mark.parametrize("text_of", NASTY.values(), ids=NASTY)
def test_a_file_takes_time_in_proportion_to_its_size(text_of):
    assert grows_linearly(lambda size: in_full(text_of(size)), 30_000)


@pytest.mark.parametrize("part", ["a.", "-", "é", "xn--", "💩", "@", "[", "\u0301", "/", "0", "."])
def test_a_name_takes_time_in_proportion_to_its_length(part):
    def judged(size):
        try:
            return parse_domain(part * size)
        except BadDomain:
            return None

    assert grows_linearly(judged, 20_000)
