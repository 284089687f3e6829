from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from tokens.models.wallet import Wallet
from tokens.wording import counted


class Posting(models.Model):
    """Usages of one hour taken out of their user's lots together: the cause of the entries that did it."""

    wallet = models.ForeignKey(Wallet, models.PROTECT, related_name="postings", db_column="user_id", db_index=False)
    first_number = models.BigIntegerField("from usage", help_text="The number of its first usage.")
    last_number = models.BigIntegerField("to usage", help_text="The number of its last usage.")
    tokens = models.BigIntegerField()
    created_at = models.DateTimeField()

    class Meta:
        db_table = "postings"
        constraints = [
            models.UniqueConstraint(fields=["wallet", "last_number"], name="posting_once"),
            models.CheckConstraint(
                condition=Q(tokens__gt=0, first_number__gte=1, last_number__gte=F("first_number")),
                name="posting_has_usages",
            ),
        ]

    def __str__(self) -> str:
        return f"posting {self.pk}: {counted(self.tokens, 'token')}"

    @property
    def of_usages(self) -> str:
        """Which usages, in words, by their numbers."""
        first, last = self.first_number, self.last_number
        return f"Usage {first:,}" if first == last else f"Usage {first:,} to {last:,}"
