"""The rows of a kept file with their verdicts: judged once, when the file comes, and read from here ever after.

What may have changed since is asked again by who reads them: here whether a category is still there, and in
`brands.bulk_import.quote` which domains the user has by now.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import chain
from typing import Any

from brands.bulk_import.rows import CsvFile, JudgedFile, Row, Verdict
from brands.details import category_keys, known_category
from brands.errors import BadChoice
from brands.models import CsvImport, JudgedRows

KEPT_TOGETHER = 500


def save_rows(csv_import: CsvImport, rows: Sequence[Row]) -> None:
    """Store what was judged, in the transaction that keeps the file."""
    starts = range(0, len(rows), KEPT_TOGETHER)
    parts = [[_as_json(row) for row in rows[start : start + KEPT_TOGETHER]] for start in starts]
    JudgedRows.objects.bulk_create(
        [JudgedRows(csv_import=csv_import, part=part, rows=rows) for part, rows in enumerate(parts)], batch_size=1
    )


def rows_of(csv_import: CsvImport) -> Iterator[Row]:
    """Every row of a kept file in its order, a few hundred in memory at a time.

    Of a file that was kept before its rows were, they are judged here. Raises BadFile if it is none by today's rules.
    """
    categories = category_keys()
    kept = _parts(csv_import)
    first = next(kept, None)
    if first is None:
        content = _content(csv_import)
        yield from CsvFile(content).rows(categories) if content else ()
        return
    for values in chain(first, chain.from_iterable(kept)):
        yield _still_known(_row(values), categories)


def judged_file(csv_import: CsvImport) -> JudgedFile:
    """As it was judged when it was sent. Raises BadFile, as `rows_of` does."""
    return JudgedFile("", csv_import.sha256, list(rows_of(csv_import)), tuple(csv_import.notices))


def _parts(csv_import: CsvImport) -> Iterator[list[Any]]:
    parts, part = JudgedRows.objects.filter(csv_import=csv_import).order_by("part"), 0
    while rows := parts.filter(part=part).values_list("rows", flat=True).first():
        yield rows
        if len(rows) < KEPT_TOGETHER:
            return
        part += 1


def _content(csv_import: CsvImport) -> str:
    return CsvImport.objects.filter(pk=csv_import.pk).values_list("content", flat=True).first() or ""


def _as_json(row: Row) -> list[Any]:
    return [row.line, row.given, row.verdict, row.domain, row.is_lookalike, row.fields, row.notes, row.why]


def _row(values: list[Any]) -> Row:
    line, given, verdict, domain, is_lookalike, fields, notes, why = values
    return Row(line, given, Verdict(verdict), domain, is_lookalike, fields, tuple(notes), why)


def _still_known(row: Row, categories: list[str]) -> Row:
    """The row, or that it cannot be imported any more because its category was removed."""
    category = row.fields.get("category_id")
    try:
        if category:
            known_category(category, categories)
    except BadChoice as error:
        return replace(row, verdict=Verdict.INVALID, domain="", is_lookalike=False, fields={}, why=str(error))
    return row
