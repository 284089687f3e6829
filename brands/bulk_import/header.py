"""Which line of a file names its columns, what separates them, and which one has the domains.

Exports of registrars and marketplaces are understood by their headings, of which only letters and digits count:
“*Domain Name (Required)” and “domain_name” are the same one. Only the top of a file is looked at, and of that no line
with more columns than a file may have.
"""

from __future__ import annotations

import csv
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from brands.bulk_import.records import Record, Records, excels_separator
from brands.details import FIELDS
from brands.errors import BadFile
from brands.names import is_domain

MOST_COLUMNS = 100
SEPARATORS = (",", ";", "\t", "|")
DOMAIN = "domain"
LOOKED_AT_RECORDS, LOOKED_AT_CHARACTERS = 20, 256 * 1024
_NAMED = 20
_SHOWN = 60

# Of several such columns in one file, one of the first kind has the domains, then one of the second, and so on.
_DOMAIN_HEADINGS = (
    "domain domains domainname domainnames fqdn primarydomain rootdomain registereddomain domaine nomdedomaine "
    "domäne domainnamen dominio dominios nombrededominio nomedominio nomededominio domínio domeinnaam domein domän "
    "domännamn domene domæne domena nazwadomeny домен доменноеимя 域名 ドメイン ドメイン名 도메인".split(),
    "idn punycode idndomain idndomainname internationaldomain internationaldomainname domainnameidn domainidn "
    "domainnameace domainace asciidomain domainpunycode unicodedomain".split(),
    "url urls website websiteurl websites site siteurl weburl webaddress homepage link hostname host zone "
    "zonename".split(),
)
_RANKS = {heading: rank for rank, headings in enumerate(_DOMAIN_HEADINGS) for heading in headings}
_NAME = "name"
_ALSO_CALLED = {"type": "brand_type", "test": "is_test", "audience": "target_audience"}
_FIELDS = {name.replace("_", ""): name for name in FIELDS} | _ALSO_CALLED
_MARKERS = ("required", "optional", "mandatory")


@dataclass(frozen=True)
class Header:
    """Which column is which; rows begin after `line`, which is 0 for a file that does not name its columns.

    `others` are further columns of domains, by position, which must not say anything else.
    """

    separator: str
    line: int
    columns: list[str | None]
    names: list[str]
    others: tuple[int, ...] = ()
    left_out: tuple[str, ...] = ()
    above: tuple[Record, ...] = ()
    said: tuple[str, ...] = ()

    @property
    def notices(self) -> tuple[str, ...]:
        """What people should know about how the file was read."""
        found = list(self.said)
        if self.above:
            lines = "1 line" if len(self.above) == 1 else f"{len(self.above)} lines"
            shown = " · ".join(shown_of(", ".join(filter(None, map(str.strip, cells)))) for _, cells in self.above)
            found.append(f"Skipped {lines} above the headings: {shown}.")
        if self.left_out:
            more = f" and {len(self.left_out) - _NAMED} more" if len(self.left_out) > _NAMED else ""
            found.append(f"Unused columns: {', '.join(self.left_out[:_NAMED])}{more}.")
        return tuple(found)


@dataclass(frozen=True)
class _Table:
    """The top of a file, as it is with one separator."""

    separator: str
    top: list[Record]
    comments: list[Record]
    fault: BadFile | None

    def header(self) -> Record | None:
        """The first record with a heading of domains; a title above the headings, or a comment on them, is none."""
        return next(self._headers(), None) or self._with_names()

    def _headers(self) -> Iterator[Record]:
        for line, cells in sorted([*self.top, *self.comments]):
            if not _names_domains(cells) or _has_domains(cells):
                continue
            is_comment = (line, cells) in self.comments
            is_amid_rows = is_comment and any(_has_domains(above) for number, above in self.top if number < line)
            below = next((cells for number, cells in self.top if number > line), [])
            is_title = (is_comment or sum(map(bool, cells)) == 1) and _names_domains(below)
            if not is_amid_rows and not is_title:
                yield line, cells

    def _with_names(self) -> Record | None:
        """A record with the heading “Name”, if domains stand below it; it may be the name of anything."""
        for (line, cells), (_, below) in zip(self.top, self.top[1:], strict=False):
            fits = len(cells) <= MOST_COLUMNS
            names = [place for place, cell in enumerate(cells) if fits and _known(cell) == _NAME]
            if names and len(below) > names[0] and is_domain(below[names[0]].strip()):
                return line, cells
        return None


def header_of(text: str) -> Header:
    """Raises BadFile for a file with too many columns, or without any domain where one must be."""
    first = excels_separator(text[:20].replace("\r", "\n").partition("\n")[0])
    tables = [_table(text, separator) for separator in dict.fromkeys([*([first] if first else []), *SEPARATORS])]
    found = [(table, header) for table in tables if (header := table.header())]
    if found:
        table, header = min(found, key=lambda pair: (len(pair[1][1]) == 1, pair[1][0], -len(pair[1][1])))
        _refuse_width([record for each in tables for record in each.top if each is table or record[0] <= header[0]])
        return _understood(table, header)
    table = max(tables, key=lambda table: len(table.top[0][1]) if table.top else 0)
    _refuse_width(table.top)
    if table.fault:
        raise table.fault
    if not table.top:
        said = "The file has nothing but comments where the line should be that names the columns."
        raise BadFile(f"{said} Begin with that line, such as name,domain.")
    return _without_headings(table)


def shown_of(text: str) -> str:
    """The text, shortened with an ellipsis for messages."""
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"


def _table(text: str, separator: str) -> _Table:
    blank = text[: len(text) - len(text.lstrip())]
    start = max(blank.rfind("\n"), blank.rfind("\r")) + 1
    lines = blank.count("\n") + blank.count("\r") - blank.count("\r\n")
    records = Records(text[start : start + LOOKED_AT_CHARACTERS], separator, first_line=lines + 1)
    top: list[Record] = []
    fault = None
    try:
        for record in records:
            top.append(record)
            if len(top) == LOOKED_AT_RECORDS:
                break
    except BadFile as error:
        fault = error
    comments = [(line, _cells_of(text, separator)) for line, text in records.first_comments]
    return _Table(separator, top, comments, fault)


def _cells_of(comment: str, separator: str) -> list[str]:
    """A comment's words as the headings they may be."""
    try:
        return next(csv.reader([comment.lstrip()[1:]], delimiter=separator, skipinitialspace=True), [])
    except csv.Error:
        return []


def _refuse_width(records: list[Record]) -> None:
    for line, cells in records:
        if len(cells) > MOST_COLUMNS:
            said = f"Line {line} has more than {MOST_COLUMNS} columns, the most that a file may have."
            raise BadFile(f"{said} Remove those that are not needed.")


def _known(heading: str) -> str:
    """A heading by its letters and digits alone, without what only marks it."""
    usual = unicodedata.normalize("NFKC", heading[:_SHOWN]).casefold()
    letters = "".join(char for char in usual if char.isalnum())
    for marker in _MARKERS:
        letters = letters.removesuffix(marker) or letters
    return letters


def _names_domains(cells: list[str]) -> bool:
    return len(cells) <= MOST_COLUMNS and any(_known(cell) in _RANKS for cell in cells)


def _has_domains(cells: list[str]) -> bool:
    return any(is_domain(cell.strip()) for cell in cells[:MOST_COLUMNS])


def _understood(table: _Table, header: Record) -> Header:
    line, cells = header
    names = [cell.strip() for cell in cells]
    known = [_known(cell) for cell in cells]
    best = min((_RANKS[heading] for heading in known if heading in _RANKS), default=None)
    domain, *others = [
        place
        for place, heading in enumerate(known)
        if (heading == _NAME if best is None else _RANKS.get(heading) == best)
    ]
    columns = [_FIELDS.get(heading) for heading in known]
    columns[domain] = None
    _refuse_twice(columns)
    columns[domain] = DOMAIN
    others = others if best == 0 else []
    unused = [name for place, name in enumerate(names) if name and not columns[place] and place not in others]
    return Header(
        separator=table.separator,
        line=line,
        columns=columns,
        names=names,
        others=tuple(others),
        left_out=tuple(map(shown_of, unused)),
        above=tuple(record for record in table.top if record[0] < line),
        said=() if best == 0 else (f"The domains were read from the column “{shown_of(names[domain])}”.",),
    )


def _refuse_twice(columns: list[str | None]) -> None:
    seen: set[str] = set()
    for column in filter(None, columns):
        if column in seen:
            raise BadFile(f"Two columns are named “{column}”. Keep one of them.")
        seen.add(column)


def _without_headings(table: _Table) -> Header:
    cells = table.top[0][1]
    places = [place for place, cell in enumerate(cells) if is_domain(cell.strip())]
    if not places:
        said = shown_of(", ".join(cell.strip() for cell in cells))
        raise BadFile(f"The first line must name the columns, “domain” among them, such as name,domain. It is: {said}")
    columns = [DOMAIN if place == places[0] else None for place in range(len(cells))]
    said = f"No line names the columns, so the domains were read from column {places[0] + 1}."
    return Header(table.separator, 0, columns, [], said=(said,))
