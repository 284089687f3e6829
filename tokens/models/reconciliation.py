from __future__ import annotations

from django.db import models
from django.utils.formats import date_format


class Reconciliation(models.Model):
    """One comparison of our books with Stripe's: when, how far back, and what it found."""

    since = models.DateTimeField()
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True, help_text="Empty while it runs, or when it was cut off.")
    repaired = models.PositiveIntegerField("fixed", default=0)
    unrepaired = models.PositiveIntegerField("open", default=0)
    report = models.TextField(blank=True, help_text="One line for each difference.")

    class Meta:
        db_table = "reconciliations"
        indexes = [models.Index(fields=["-started_at"], name="reconciliations_newest")]

    def __str__(self) -> str:
        return f"{date_format(self.started_at, 'DATETIME_FORMAT')}: {self.repaired:,} fixed, {self.unrepaired:,} open"
