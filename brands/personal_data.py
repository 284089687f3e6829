"""This app's personal data, for exports and for erasure."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from accounts.models import User
from accounts.personal_data import forgets, keeps
from brands.models import Analysis, Brand, CsvImport, Export, SkippedRow


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
def forget_names_of_files(user: User, unknown: str) -> None:
    """Erase the file names of the user's imports."""
    CsvImport.objects.of(user.pk).update(filename="")
