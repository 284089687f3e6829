"""The rows that an import skipped: stored once, when it is over, and read page by page."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from uuid import UUID

from django.db import transaction

from brands.bulk_import.quote import YOURS_ALREADY
from brands.bulk_import.rows import Row, Verdict
from brands.bulk_import.stored import rows_of
from brands.errors import BadFile
from brands.models import Brand, CsvImport, SkippedRow
from tokens.sweep import sweeps

PAGE = 100
OLD_AT_ONCE = 20
KEPT_AT_ONCE = 500


def save_skipped(csv_import: CsvImport, rows: Iterable[Row]) -> None:
    """Store them, in the transaction of the import's end."""
    errors = [SkippedRow(csv_import=csv_import, line=row.line, domain=row.given, error=row.why) for row in rows]
    SkippedRow.objects.bulk_create(errors, batch_size=KEPT_AT_ONCE)


def skipped_rows(csv_import: CsvImport, *, after: int = 0, limit: int = PAGE + 1) -> list[SkippedRow]:
    """Those after a line of the file, in its order; one more than a page shows, unless said otherwise."""
    return list(csv_import.skipped_rows.filter(line__gt=after).order_by("line")[:limit])


def unfit_rows(csv_import: CsvImport) -> list[Row]:
    """The rows of a failed import that no import could take, judged by the file alone."""
    return [row for row in _rows(csv_import) if row.verdict != Verdict.NEW]


@sweeps("old imports with their skipped rows stored")
def store_old() -> int:
    """Store the skipped rows of imports that ended before such rows were stored; how many imports."""
    over = CsvImport.objects.filter(status__in=[CsvImport.Status.DONE, CsvImport.Status.FAILED], skipped=None)
    return sum(map(_store_old, over.order_by("created_at").values_list("pk", flat=True)[:OLD_AT_ONCE]))


@transaction.atomic
def _store_old(pk: UUID) -> bool:
    csv_import = CsvImport.objects.get(pk=pk)
    rows = _rows_that_were_skipped(csv_import)
    if not CsvImport.objects.filter(pk=pk, skipped=None).update(skipped=len(rows)):  # another sweep was faster
        return False
    save_skipped(csv_import, rows)
    return True


def _rows_that_were_skipped(csv_import: CsvImport) -> list[Row]:
    """As well as can be told by now: a domain that was the user's before may have been deleted since."""
    if csv_import.status == CsvImport.Status.FAILED:
        return unfit_rows(csv_import)
    brands = Brand.objects.of(csv_import.user_id).exclude(csv_import=csv_import)
    before = set(brands.filter(created_at__lte=csv_import.finished_at).values_list("domain", flat=True))
    return [
        replace(row, why=row.why or YOURS_ALREADY)
        for row in _rows(csv_import)
        if row.verdict != Verdict.NEW or row.domain in before
    ]


def _rows(csv_import: CsvImport) -> list[Row]:
    try:
        return list(rows_of(csv_import))
    except BadFile:  # stored when other files were taken
        return []
