"""Rows that imports left out before they were stored: read from their files once more, as each request did until now."""

from __future__ import annotations

from itertools import islice
from typing import Any

from django.db import migrations

AT_ONCE = 500


def store(apps: Any, schema_editor: Any) -> None:
    imports = apps.get_model("brands", "CsvImport").objects.filter(status__in=["done", "failed"])
    for csv_import in imports.order_by("pk").iterator(chunk_size=1):
        if csv_import.imported < csv_import.rows:
            _store(apps, csv_import)


def _store(apps: Any, csv_import: Any) -> None:
    from brands.csv_file import CsvFile
    from brands.csv_quotes import YOURS_ALREADY
    from brands.errors import BadFile

    brands = apps.get_model("brands", "Brand").objects.filter(owner=csv_import.user_id, is_staged=False)
    before = brands.exclude(csv_import=csv_import.pk).filter(created_at__lte=csv_import.finished_at)
    categories = list(apps.get_model("brands", "Category").objects.values_list("key", flat=True))
    model, found = apps.get_model("brands", "SkippedRow"), []
    try:
        rows = CsvFile(csv_import.content).rows(categories)
        while some := list(islice(rows, AT_ONCE)):
            domains = [row.domain for row in some if row.verdict == "new"]
            is_done = csv_import.status == "done"
            yours = set(before.filter(domain__in=domains).values_list("domain", flat=True)) if is_done else set()
            left_out = [row for row in some if row.verdict != "new" or row.domain in yours]
            found += [(row.line, row.given, row.why or YOURS_ALREADY) for row in left_out]
    except BadFile:  # a file of that time which is refused by now has no rows to tell of
        found = []
    kept = [model(csv_import=csv_import, line=line, domain=domain, error=why) for line, domain, why in found]
    model.objects.bulk_create(kept, batch_size=AT_ONCE)
    type(csv_import).objects.filter(pk=csv_import.pk).update(skipped=len(kept))


class Migration(migrations.Migration):
    dependencies = [("brands", "0005_skipped_rows")]
    operations = [migrations.RunPython(store, migrations.RunPython.noop, elidable=True)]
