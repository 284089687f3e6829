"""A CSV file of domains, row by row: what each one asks for, or why it cannot be done.

The first line names the columns, in any order; `domain` must be among them. Every cell is text, whatever it looks like.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from brands.csv_cells import plain
from brands.csv_text import comments_after_header, decoded, records
from brands.details import FIELDS, checked
from brands.errors import BadChoice, BadDomain, BadFile, FileTooLarge
from brands.names import parse_domain

MOST_ROWS = 10_000
DOMAIN = "domain"
_ALSO_CALLED = {"type": "brand_type", "test": "is_test", "audience": "target_audience", "url": DOMAIN}
_SHOWN = 60


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


@dataclass(frozen=True)
class Header:
    """Which column is which; `left_out` are columns that mean nothing here."""

    columns: list[str | None]
    left_out: tuple[str, ...]

    @property
    def notices(self) -> tuple[str, ...]:
        names = ", ".join(self.left_out)
        return (f"Not imported, because no such detail is kept: {names}.",) if names else ()


class CsvFile:
    """Text that has a header fit for use. Raises BadFile when it has none, or no row at all."""

    def __init__(self, text: str) -> None:
        self.text = text
        found = list(_first_two(text))
        if not found:
            raise BadFile("The file has nothing but comments.")
        self.header = _header_of(found[0][1])
        if len(found) < 2:
            raise BadFile("The file has a line with the names of its columns and no row after it.")

    @property
    def notices(self) -> tuple[str, ...]:
        """To be asked for after the rows, which see to it that the file is no larger than it may be."""
        comments = comments_after_header(self.text)
        lines, begin = ("lines", "begin") if comments > 1 else ("line", "begins")
        said = f"{comments:,} {lines} after the first {begin} with a #, as a comment does: not imported."
        return (*self.header.notices, said) if comments else self.header.notices

    def rows(self, categories: list[str]) -> Iterator[Row]:
        """Every row, judged by the file alone. Raises BadFile for more rows than are allowed, or a broken one."""
        seen: dict[str, int] = {}
        for number, (line, cells) in enumerate(records(self.text)):
            if number > MOST_ROWS:
                raise FileTooLarge(f"The file has more than {MOST_ROWS:,} rows. Split it, and import the parts.")
            if number:
                yield _judged(self.header, line, cells, seen, categories)


def read_csv(data: bytes) -> CsvFile:
    """Raises BadFile."""
    return CsvFile(decoded(data))


def sha256_of(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _first_two(text: str) -> Iterator[tuple[int, list[str]]]:
    for number, record in enumerate(records(text)):
        if number == 2:
            return
        yield record


def _header_of(cells: list[str]) -> Header:
    columns: list[str | None] = []
    left_out = []
    for cell in cells:
        name = "_".join(cell.strip().lower().replace("-", " ").replace("_", " ").split())
        name = _ALSO_CALLED.get(name, name)
        if name and name in columns:
            raise BadFile(f"Two columns are named “{name}”. Keep one of them.")
        is_known = name == DOMAIN or name in FIELDS
        columns.append(name if is_known else None)
        if name and not is_known:
            left_out.append(_shown(cell.strip()))
    if DOMAIN not in columns:
        said = _shown(", ".join(cell.strip() for cell in cells))
        raise BadFile(f"The first line must name the columns, “domain” among them, such as name,domain. It is: {said}")
    return Header(columns, tuple(left_out))


def _judged(header: Header, line: int, cells: list[str], seen: dict[str, int], categories: list[str]) -> Row:
    given = {name: plain(cell).strip() for name, cell in zip(header.columns, cells, strict=False) if name}
    wanted = given.pop(DOMAIN, "")
    too_many = len(cells) - len(header.columns)
    try:
        if too_many > 0 and any(cell.strip() for cell in cells[-too_many:]):
            said = f"The row has {len(cells)} cells and the header {len(header.columns)}"
            raise BadChoice(f"{said}: put quotes around a text with a separator in it.")
        name = parse_domain(wanted)
        fields = checked(given, categories=categories)
    except (BadDomain, BadChoice) as error:
        return Row(line, _shown(wanted), Verdict.INVALID, why=str(error))
    if name.domain in seen:
        why = f"The same domain is on line {seen[name.domain]}."
        return Row(line, _shown(wanted), Verdict.DUPLICATE, domain=name.domain, why=why)
    seen[name.domain] = line
    notes = name.notes
    if too_many < 0:
        notes += (f"The row has {len(cells)} of {len(header.columns)} cells; the rest stays empty.",)
    return Row(line, _shown(wanted), Verdict.NEW, name.domain, name.is_lookalike, fields, notes)


def _shown(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"
