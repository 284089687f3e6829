from __future__ import annotations

from django.db import models
from django.utils.formats import date_format


class LedgerCheck(models.Model):
    """One look through the whole ledger, a slice at a time, and how far it is.

    Only `tokens.reports.ledger_check` writes these rows.
    """

    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True, help_text="Empty while it runs.")
    users_until = models.BigIntegerField(
        "checked users up to", default=0, null=True, blank=True, help_text="The last one's ID; empty when all are."
    )
    hours_until = models.DateTimeField("checked hours up to", null=True, blank=True)
    next_at = models.DateTimeField("next slice at", help_text="When a worker may look at the next slice.")
    wallets = models.BigIntegerField(default=0)
    balances = models.BigIntegerField(default=0, help_text="What all wallets say, in tokens.")
    in_lots = models.BigIntegerField(
        "in credit blocks", default=0, help_text="What remains in credit blocks, less unposted tokens and debts."
    )
    findings = models.PositiveIntegerField("disagreements", default=0)
    report = models.TextField(blank=True, help_text="One line for each disagreement, up to 100.")

    class Meta:
        db_table = "ledger_checks"
        verbose_name = "ledger check"

    def __str__(self) -> str:
        return date_format(self.started_at, "DATETIME_FORMAT")
