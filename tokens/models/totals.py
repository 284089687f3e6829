"""Running totals of one user, so that no page adds up a history; `tokens.ledger.totals` writes them.

They have what is posted; who reads them adds the usages above the wallet's `posted_number`.
"""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from tokens.wording import counted


class UsageTotal(models.Model):
    """What one user has spent on one action so far. Holds count once they are captured, with what was captured."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="usage_totals",
        db_index=False,
        db_constraint=False,
        verbose_name="customer",
    )
    action = models.CharField(max_length=50)
    tokens = models.BigIntegerField(default=0)
    count = models.BigIntegerField(default=0)

    class Meta:
        db_table = "usage_totals"
        constraints = [
            models.UniqueConstraint(fields=["user", "action"], name="usage_total_once_per_action"),
            models.CheckConstraint(condition=Q(tokens__gte=0, count__gte=0), name="usage_total_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.action}: {counted(self.tokens, 'token')} in {self.count:,}"


class DailyTotal(models.Model):
    """What one user spent in one day (UTC) on one action with one API key; holds count on the day of their capture."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="daily_totals",
        db_index=False,
        db_constraint=False,
        verbose_name="customer",
    )
    day = models.DateField()
    action = models.CharField(max_length=50)
    api_key = models.BigIntegerField("API key", default=0, help_text="The ID of the key that asked; 0 for none.")
    tokens = models.BigIntegerField(default=0)
    count = models.BigIntegerField(default=0)

    class Meta:
        db_table = "daily_totals"
        constraints = [
            models.UniqueConstraint(fields=["user", "day", "action", "api_key"], name="daily_total_once"),
            models.CheckConstraint(condition=Q(tokens__gte=0, count__gte=0), name="daily_total_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.day:%Y-%m-%d} {self.action}: {counted(self.tokens, 'token')} in {self.count:,}"


class PurchaseTotal(models.Model):
    """What one user's paid token purchases in one currency come to, less what went back."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="purchase_totals",
        db_index=False,
        verbose_name="customer",
    )
    currency = models.CharField(max_length=3)
    purchases = models.BigIntegerField(default=0, help_text="How many were paid, whatever became of them since.")
    tokens = models.BigIntegerField(default=0)
    cents = models.BigIntegerField("amount", default=0, help_text="In the smallest unit.")

    class Meta:
        db_table = "purchase_totals"
        constraints = [
            models.UniqueConstraint(fields=["user", "currency"], name="purchase_total_once_per_currency"),
            models.CheckConstraint(
                condition=Q(purchases__gte=0, tokens__gte=0, cents__gte=0), name="purchase_total_positive"
            ),
        ]

    def __str__(self) -> str:
        return f"{counted(self.purchases, 'purchase')}: {counted(self.tokens, 'token')}, {self.cents} {self.currency}"
