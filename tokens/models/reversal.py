from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q


class Reversal(models.Model):
    """One change of how many of a purchase's tokens are taken back: the cause of the entries that did it."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="customer")
    purchase = models.ForeignKey("tokens.Purchase", models.PROTECT, related_name="reversals")
    tokens_before = models.PositiveIntegerField()
    tokens_after = models.PositiveIntegerField()
    refunded_cents = models.PositiveIntegerField("refunded", default=0, help_text="Refunded by then.")
    disputed_cents = models.PositiveIntegerField(
        "disputed", default=0, help_text="What disputes had taken and not reinstated by then."
    )
    debt_made = models.PositiveIntegerField(default=0, help_text="Tokens that no credit block had any more.")
    debt_forgiven = models.PositiveIntegerField(default=0, help_text="Tokens by which it lowered what was owed.")
    number = models.BigIntegerField("after usage", help_text="The number of the customer's newest usage at that time.")
    # Where it stands among the entries, as it may have none of its own.
    last_entry_id = models.BigIntegerField("after ledger entry", help_text="The customer's newest entry before it.")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "reversals"
        constraints = [
            models.CheckConstraint(condition=~Q(tokens_before=F("tokens_after")), name="reversal_changes_something")
        ]

    def __str__(self) -> str:
        return f"reversal {self.pk}: {self.tokens_before} → {self.tokens_after}"
