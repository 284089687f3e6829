"""Closed hours: what moved in each, and what was outstanding at its end; sums of entries that the sweep copies.

Only `tokens.reports.closed_hours` writes these rows; `check_ledger` derives each of them again.
"""

from __future__ import annotations

from django.db import models
from django.utils.formats import date_format


class HourlyTotal(models.Model):
    """What one kind of movement came to in one hour (UTC) and currency; nothing moved: no row."""

    class Movement(models.TextChoices):
        """As in the month-end report, with the months' allowances of memberships told apart from grants."""

        SOLD = "sold"
        ALLOWED = "allowed", "From memberships"
        GRANTED = "granted"
        DEDUCTED = "deducted"
        CONSUMED = "consumed", "Recognised (used)"
        UNSPENT = "unspent", "Recognition undone"
        HELD = "held", "Net change in holds"
        REFUNDED = "refunded"
        CHARGED_BACK = "charged_back", "Disputed"
        RESTORED = "restored"
        EXPIRED = "expired"
        DEBT = "debt", "Debt recovered"
        CORRECTED = "corrected", "Corrected (debts kept apart)"

    hour = models.DateTimeField(help_text="Its first moment.")
    day = models.DateField(help_text="The hour's day in UTC, so that sums by day need no date function.")
    currency = models.CharField(max_length=3)
    movement = models.CharField(max_length=12, choices=Movement)
    tokens = models.BigIntegerField()
    worth_cents = models.BigIntegerField("value")

    class Meta:
        db_table = "hourly_totals"
        constraints = [
            models.UniqueConstraint(fields=["hour", "currency", "movement"], name="hourly_total_once"),
        ]

    def __str__(self) -> str:
        return f"{date_format(self.hour, 'DATETIME_FORMAT')} {self.movement}: {self.tokens:,} {self.currency}"


class Books(models.Model):
    """Up to when hours are closed, as the newest row says. Who writes an entry shares its lock."""

    closed_until = models.DateTimeField(null=True, blank=True, help_text="The end of the last closed hour.")

    class Meta:
        db_table = "books"
        verbose_name_plural = "books"

    def __str__(self) -> str:
        return f"books closed until {self.closed_until}"


class HourClosing(models.Model):
    """What customers had at the end of one hour. Every closed hour has a row for each currency there was by then."""

    hour = models.DateTimeField(help_text="Its first moment.")
    currency = models.CharField(max_length=3)
    tokens = models.BigIntegerField()
    worth_cents = models.BigIntegerField("value")

    class Meta:
        db_table = "hour_closings"
        constraints = [models.UniqueConstraint(fields=["hour", "currency"], name="hour_closes_once")]

    def __str__(self) -> str:
        return f"hour of {date_format(self.hour, 'DATETIME_FORMAT')}: {self.tokens:,} {self.currency}"
