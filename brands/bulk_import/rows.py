"""A CSV file of domains, row by row: what each one asks for, or why it cannot be done.

Which column is which is known from `brands.bulk_import.header`. Every cell is text, whatever it looks like.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from brands.bulk_import.cells import plain
from brands.bulk_import.header import DOMAIN, Header, header_of, shown_of
from brands.bulk_import.records import Records
from brands.bulk_import.text import decoded
from brands.details import category_keys, checked
from brands.errors import BadChoice, BadDomain, BadFile, FileTooLarge
from brands.idn import to_unicode
from brands.names import parse_domain

MOST_ROWS = 10_000
# What other programs write into a cell that has nothing to say, where only some words have a meaning here.
_NOTHING = {"n/a", "na", "none", "null", "nil", "-", "–", "—"}
_CHOICES = ("category", "tier", "brand_type", "is_test")


class Verdict(StrEnum):
    NEW = "new"
    DUPLICATE = "duplicate"
    ALREADY_YOURS = "already_yours"
    INVALID = "invalid"


@dataclass(frozen=True, slots=True)
class Row:
    """One row. `why` says why it is left out; `notes` what was changed; `fields` are those of a Brand."""

    line: int
    given: str
    verdict: Verdict
    domain: str = ""
    is_lookalike: bool = False
    fields: dict[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    why: str = ""

    @property
    def domain_shown(self) -> str:
        """The domain as people write it; one that looks like another stays in ASCII."""
        return self.domain if self.is_lookalike else to_unicode(self.domain)


class CsvFile:
    """Text whose columns are known. Raises BadFile when they are not, or when there is no row at all."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.header = header_of(text)
        self._comments: int | None = None
        if next(iter(self._records()), None) is None:
            raise BadFile("The file has a line with the names of its columns and no row after it.")

    @property
    def notices(self) -> tuple[str, ...]:
        """To be asked for after the rows, which see to it that the file is no larger than it may be."""
        if self._comments is None:
            for _ in self.rows([]):
                pass
        comments = self._comments or 0
        lines, begin = ("lines", "begin") if comments > 1 else ("line", "begins")
        said = f"{comments:,} {lines} after the first {begin} with a #, as a comment does: not imported."
        return (*self.header.notices, said) if comments else self.header.notices

    def rows(self, categories: list[str]) -> Iterator[Row]:
        """Every row, judged by the file alone. Raises BadFile for more rows than are allowed, or a broken one."""
        seen: dict[str, int] = {}
        records = self._records()
        for number, (line, cells) in enumerate(records):
            if number == MOST_ROWS:
                raise FileTooLarge(f"The file has more than {MOST_ROWS:,} rows. Split it, and import the parts.")
            yield _judged(self.header, line, cells, seen, categories)
        self._comments = records.comments

    def _records(self) -> Records:
        return Records(self.text, self.header.separator, after=self.header.line)


@dataclass(frozen=True)
class JudgedFile:
    """A file whose every row was judged by the file alone; `text` is what was decoded, `sha256` of what was sent."""

    text: str
    sha256: str
    rows: list[Row]
    notices: tuple[str, ...]


def judge_file(data: bytes) -> JudgedFile:
    """Judge each row, which is done once for each file that is sent. Raises BadFile."""
    file = read_csv(data)
    return JudgedFile(file.text, sha256_of(data), list(file.rows(category_keys())), file.notices)


def read_csv(data: bytes) -> CsvFile:
    """The rows of a CSV file's bytes, its header and notices. Raises BadFile."""
    return CsvFile(decoded(data))


def sha256_of(data: bytes) -> str:
    """The SHA-256 digest of a file's bytes, in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def _judged(header: Header, line: int, cells: list[str], seen: dict[str, int], categories: list[str]) -> Row:
    given = {name: plain(cell).strip() for name, cell in zip(header.columns, cells, strict=False) if name}
    wanted = given.pop(DOMAIN, "")
    given |= {name: "" for name in _CHOICES if given.get(name, "").lower() in _NOTHING}
    too_many = len(cells) - len(header.columns)
    try:
        if header.line and too_many > 0 and any(cell.strip() for cell in cells[-too_many:]):
            said = f"The row has {len(cells)} cells and the header {len(header.columns)}"
            raise BadChoice(f"{said}: put quotes around a text with a separator in it.")
        name = parse_domain(_one_of(wanted, header, cells))
        fields = checked(given, categories=categories)
    except (BadDomain, BadChoice) as error:
        return Row(line, shown_of(wanted), Verdict.INVALID, why=str(error))
    if name.domain in seen:
        why = f"The same domain is on line {seen[name.domain]}."
        return Row(line, shown_of(wanted), Verdict.DUPLICATE, name.domain, name.is_lookalike, why=why)
    seen[name.domain] = line
    notes = name.notes
    if too_many < 0:
        notes += (f"The row has {len(cells)} of {len(header.columns)} cells; the rest stays empty.",)
    return Row(line, shown_of(wanted), Verdict.NEW, name.domain, name.is_lookalike, fields, notes)


def _one_of(wanted: str, header: Header, cells: list[str]) -> str:
    """The domain that a row names; where several columns have one, they must mean the same.

    Raises BadChoice, BadDomain.
    """
    others = (plain(cells[place]).strip() for place in header.others if place < len(cells))
    given = list(dict.fromkeys(filter(None, [wanted, *others])))
    if len(given) > 1 and len({parse_domain(each).domain for each in given}) > 1:
        raise BadChoice(f"Two columns name different domains: {' and '.join(map(shown_of, given))}. Keep one of them.")
    return given[0] if given else ""
