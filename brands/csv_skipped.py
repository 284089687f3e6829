"""The rows that an import left out: stored once, when it is over, and read page by page."""

from __future__ import annotations

from collections.abc import Iterable

from brands.csv_file import CsvFile, Row, Verdict
from brands.details import category_keys
from brands.errors import BadFile
from brands.models import CsvImport, SkippedRow

PAGE = 100
KEPT_AT_ONCE = 500


def keep_skipped(csv_import: CsvImport, rows: Iterable[Row]) -> None:
    """Store them, in the transaction of the import's end."""
    errors = [SkippedRow(csv_import=csv_import, line=row.line, domain=row.given, error=row.why) for row in rows]
    SkippedRow.objects.bulk_create(errors, batch_size=KEPT_AT_ONCE)


def skipped_rows(csv_import: CsvImport, *, after: int = 0, limit: int = PAGE + 1) -> list[SkippedRow]:
    """Those after a line of the file, in its order; one more than a page shows, unless said otherwise."""
    return list(csv_import.skipped_rows.filter(line__gt=after).order_by("line")[:limit])


def unfit_rows(csv_import: CsvImport) -> list[Row]:
    """The rows that no import could take, by the file alone, of one that failed for whatever reason."""
    try:
        rows = CsvFile(csv_import.content).rows(category_keys())
        return [row for row in rows if row.verdict != Verdict.NEW]
    except BadFile:
        return []
