from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, OuterRef, Q, Subquery, Sum
from django.db.models.functions import Coalesce

from tokens.wording import counted


class SpendReversal(models.Model):
    """A spend taken back, all or a part of it, as what it paid for failed: the cause of the entries that did it.

    Never changed afterwards, but for a reason that is erased.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="spend_reversals",
        db_index=False,
        verbose_name="customer",
    )
    usage = models.ForeignKey("tokens.TokenUsage", models.PROTECT, related_name="reversals")
    quantity = models.PositiveIntegerField(help_text="How many times the action wasn't worth its price.")
    tokens = models.PositiveIntegerField()
    reason = models.CharField(max_length=500, blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="spend_reversals_made",
        help_text="The member of staff; empty where the customer did it.",
    )
    api_key = models.BigIntegerField("API key", null=True, blank=True, help_text="The ID of the key that asked.")
    balance_after = models.BigIntegerField(help_text="The balance after it, in tokens.")
    created_at = models.DateTimeField()

    class Meta:
        db_table = "spend_reversals"
        constraints = [
            models.CheckConstraint(condition=Q(tokens__gt=0, quantity__gt=0), name="spend_reversal_returns_something")
        ]
        indexes = [
            models.Index(fields=["user", "-id"], name="spend_reversals_newest_first"),
            models.Index(fields=["by", "created_at"], condition=Q(by__isnull=False), name="spend_reversals_by_staff"),
        ]

    def __str__(self) -> str:
        return f"spend reversal {self.pk}: {counted(self.tokens, 'token')} of usage {self.usage_id}"


def reversed_of_each(name: str = "tokens") -> Coalesce:
    """How many tokens, or times (`quantity`), of each usage of a query were taken back."""
    mine = SpendReversal.objects.filter(usage=OuterRef("pk")).order_by().values("usage")
    sums = Subquery(mine.annotate(sum=Sum(F(name))).values("sum"), output_field=models.BigIntegerField())
    return Coalesce(sums, 0)
