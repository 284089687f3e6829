"""The files of exports: JSON, an array of brands, and CSV, which can be imported again. Memory stays flat."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator
from io import TextIOWrapper
from typing import IO, Any

from django.db.models import OuterRef, Subquery

from brands.analysis.engines import label_of
from brands.bulk_import.cells import safe
from brands.details import FIELDS
from brands.models import Analysis, Brand, Export
from brands.models.brand import BrandQuerySet
from brands.records import in_utc, record_of

AT_ONCE = 1000
# What an import reads comes first; it leaves the rest out with a notice.
CSV_COLUMNS = ("domain", *FIELDS, "created_at", "analysis", "analysis_score")
CONTENT_TYPES = {Export.Format.JSON: "application/json", Export.Format.CSV: "text/csv; charset=utf-8"}


def write(brands: BrandQuerySet, file: IO[bytes], *, format: str) -> int:
    """Write the brands, oldest first, as they are one batch after another; how many there were."""
    text = TextIOWrapper(file, encoding="utf-8-sig" if format == Export.Format.CSV else "utf-8", newline="")
    count = (_write_csv if format == Export.Format.CSV else _write_json)(text, with_analyses(brands))
    text.detach()
    return count


def with_analyses(brands: BrandQuerySet) -> Iterator[tuple[Brand, Analysis | None]]:
    """Each brand with its latest finished analysis. Two statements for a thousand."""
    done = Analysis.objects.filter(brand=OuterRef("pk"), status=Analysis.Status.DONE).order_by("-pk")
    rows = brands.annotate(latest_analysis=Subquery(done.values("pk")[:1])).order_by("pk")
    last = 0
    while batch := list(rows.filter(pk__gt=last)[:AT_ONCE]):
        analyses = Analysis.objects.in_bulk([brand.latest_analysis for brand in batch if brand.latest_analysis])
        yield from ((brand, analyses.get(brand.latest_analysis)) for brand in batch)
        last = batch[-1].pk


def analysis_record(analysis: Analysis | None) -> dict[str, Any] | None:
    """An analysis as an export has it, with the engine that made it; None without one."""
    if analysis is None:
        return None
    return {
        **(analysis.result or {}),
        "label": label_of(analysis.engine, analysis.model),
        "engine": analysis.engine,
        "model": analysis.model,
        "finished_at": analysis.finished_at and in_utc(analysis.finished_at),
    }


Rows = Iterable[tuple[Brand, Analysis | None]]


def _write_json(text: TextIOWrapper, rows: Rows) -> int:
    count = 0
    text.write("[")
    for count, (brand, analysis) in enumerate(rows, 1):
        text.write("\n" if count == 1 else ",\n")
        record = {**record_of(brand), "analysis": analysis_record(analysis)}
        text.write(json.dumps(record, ensure_ascii=False))
    text.write("\n]\n" if count else "]\n")
    return count


def _write_csv(text: TextIOWrapper, rows: Rows) -> int:
    count = 0
    writer = csv.writer(text)
    writer.writerow(CSV_COLUMNS)
    for count, (brand, analysis) in enumerate(rows, 1):  # noqa: B007  the last number is how many there were
        record = {**record_of(brand), "is_test": "true" if brand.is_test else "false"}
        found = analysis_record(analysis) or {}
        cells = [*(record[column] for column in CSV_COLUMNS[:-2]), found.get("label"), found.get("score")]
        writer.writerow([safe("" if cell is None else str(cell)) for cell in cells])
    return count
