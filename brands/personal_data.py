"""This app's personal data, for exports and for erasure."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from accounts.models import User
from accounts.personal_data import forgets, keeps
from brands.editing import remove
from brands.models import Analysis, Brand, CsvImport, Export, JudgedRows, SkippedRow

AT_ONCE = 1000


@keeps
def domains_and_work(user_id: int) -> dict[str, QuerySet[Any]]:
    """For the export: a user's domains, analyses, imports and exports."""
    mine: dict[str, type[Any]] = {"imports": CsvImport, "analyses": Analysis, "exports": Export}
    rows = {name: model.objects.filter(user=user_id).order_by("pk") for name, model in mine.items()}
    return {
        **rows,
        "skipped_rows": SkippedRow.objects.filter(csv_import__user=user_id).order_by("pk"),
        "domains": Brand.objects.of(user_id).order_by("pk"),
    }


@forgets
def forget_domains(user: User, unknown: str) -> None:
    """Delete the user's domains with their analyses, and what files said; what was paid for them stays in the books.

    The sweep deletes the files of exports; one that is being made is thrown away.
    """
    mine = Brand.objects.of(user.pk)
    while ids := list(mine.order_by("pk").values_list("pk", flat=True)[:AT_ONCE]):
        remove(user.pk, ids)
    SkippedRow.objects.filter(csv_import__user=user).delete()
    JudgedRows.objects.filter(csv_import__user=user).delete()
    CsvImport.objects.of(user.pk).update(filename="", content="", notices=[], error="")
    exports = Export.objects.filter(user=user)
    exports.filter(status=Export.Status.BUILDING).update(status=Export.Status.FAILED)
    exports.update(expires_at=timezone.now(), filters={})
