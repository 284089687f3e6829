from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q, Sum

from tokens.wording import counted


class CsvImportQuerySet(models.QuerySet["CsvImport"]):
    def of(self, user_id: int) -> CsvImportQuerySet:
        return self.filter(user_id=user_id)

    def under_way(self) -> CsvImportQuerySet:
        return self.filter(status__in=[CsvImport.Status.QUEUED, CsvImport.Status.RUNNING])

    def promised(self, user_id: int) -> int:
        """How many places the imports that are under way were promised; nobody else may be given them."""
        return self.of(user_id).under_way().aggregate(places=Sum("wanted", default=0))["places"]


class CsvImport(models.Model):
    """A CSV file of domains on its way: quoted, then imported as a whole or not at all, by the worker.

    quoted → queued → running → done | failed; queued | running → failed
    """

    class Status(models.TextChoices):
        QUOTED = "quoted"
        QUEUED = "queued"
        RUNNING = "running"
        DONE = "done"
        FAILED = "failed"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="csv_imports", verbose_name="customer"
    )
    filename = models.CharField(max_length=255, blank=True)
    content = models.TextField(help_text="The decoded file.")
    sha256 = models.CharField("SHA-256", max_length=64, help_text="Digest of the uploaded file.")
    status = models.CharField(max_length=10, choices=Status, default=Status.QUOTED)
    rows = models.PositiveIntegerField(default=0, help_text="Rows in the file, excluding the header and comments.")
    wanted = models.PositiveIntegerField("to import", default=0, help_text="Rows to import.")
    staged = models.PositiveIntegerField("processed", default=0, help_text="Rows processed so far.")
    imported = models.PositiveIntegerField(default=0)
    skipped = models.PositiveIntegerField(null=True, help_text="Rows that were skipped; null until they are stored.")
    notices = models.JSONField(default=list, blank=True, help_text="How the file was read.")
    tokens_spent = models.PositiveIntegerField(default=0)
    payers = models.JSONField(
        "payment by row",
        default=list,
        help_text="Pairs of a source and how many rows it pays for, in the order of the file.",
    )
    hold = models.OneToOneField(
        "tokens.TokenUsage", models.PROTECT, null=True, blank=True, related_name="csv_import", editable=False
    )
    fee_hold = models.OneToOneField(
        "tokens.TokenUsage",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="csv_import_fee",
        editable=False,
        verbose_name="hold for the file fee",
    )
    error = models.CharField(max_length=500, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    lease_until = models.DateTimeField(
        "reserved until", null=True, blank=True, help_text="Reserved for one worker until then."
    )
    created_at = models.DateTimeField(auto_now_add=True)
    queued_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = CsvImportQuerySet.as_manager()

    class Meta:
        db_table = "csv_imports"
        verbose_name = "CSV import"
        indexes = [
            models.Index(fields=["user", "-created_at"], name="csv_imports_newest_first"),
            models.Index(fields=["-created_at"], name="csv_imports_newest"),
            models.Index(
                fields=["queued_at"], condition=Q(status__in=["queued", "running"]), name="csv_imports_to_run"
            ),
            # Those of before skipped rows were stored.
            models.Index(
                fields=["created_at"],
                condition=Q(status__in=["done", "failed"], skipped=None),
                name="csv_imports_to_store",
            ),
        ]

    def __str__(self) -> str:
        return f"import of {counted(self.rows, 'row')} ({self.status})"

    @property
    def is_over(self) -> bool:
        return self.status in (self.Status.DONE, self.Status.FAILED)

    @property
    def paid_by(self) -> dict[str, int]:
        """How many rows each source pays or paid for."""
        return dict(self.payers)


class JudgedRows(models.Model):
    """Some hundred rows of a file in a row, judged by the file alone; written with the import and never changed.

    A row is a list, as `brands.bulk_import.stored` writes it. Apart from the import, whose own row changes often.
    """

    csv_import = models.ForeignKey(
        CsvImport, models.CASCADE, related_name="judged_rows", db_index=False, verbose_name="CSV import"
    )
    part = models.PositiveIntegerField(help_text="The first rows of the file are part 0.")
    rows = models.JSONField()

    class Meta:
        db_table = "csv_import_judged_rows"
        verbose_name_plural = "judged rows"
        constraints = [models.UniqueConstraint(fields=["csv_import", "part"], name="judged_rows_once_per_part")]

    def __str__(self) -> str:
        return f"part {self.part} of an import"


class SkippedRow(models.Model):
    """A row of a file that its import skipped, written in the transaction in which the import ends."""

    csv_import = models.ForeignKey(
        CsvImport, models.CASCADE, related_name="skipped_rows", db_index=False, verbose_name="CSV import"
    )
    line = models.PositiveIntegerField()
    domain = models.CharField(max_length=60, blank=True, help_text="What the file has, shortened.")
    error = models.TextField(help_text="Why it was skipped.")

    class Meta:
        db_table = "csv_import_skipped_rows"
        # The index by which they are found, read page by page, and deleted with their import.
        constraints = [models.UniqueConstraint(fields=["csv_import", "line"], name="skipped_row_once_per_line")]

    def __str__(self) -> str:
        return f"line {self.line}: {self.error}"
