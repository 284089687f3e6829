from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import connection, models
from django.db.models import Q

from tokens.models.metadata import Metadata


class TokenUsageQuerySet(models.QuerySet["TokenUsage"]):
    def for_user(self, user_id: int) -> TokenUsageQuerySet:
        return self.filter(user_id=user_id)

    def held(self) -> TokenUsageQuerySet:
        return self.filter(status=TokenUsage.Status.HELD)

    def holds(self) -> TokenUsageQuerySet:
        """What began as a hold, whatever became of it."""
        return self.filter(expires_at__isnull=False)

    def spent(self) -> TokenUsageQuerySet:
        return self.filter(status=TokenUsage.Status.SPENT)


class TokenUsage(models.Model):
    """The document of a spend or a hold: what for, and how many tokens.

    held → spent | released; a plain spend starts at spent. While held, tokens_spent is what is held; once released, 0.
    """

    class Status(models.TextChoices):
        HELD = "held", "On hold"
        SPENT = "spent"
        RELEASED = "released"

    class Reason(models.TextChoices):
        """Why a hold was released."""

        CALLER = "caller", "API client"
        EXPIRED = "expired"

    # Checked by the wallet's own reference: no usage is written but under the lock of its user's wallet.
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="token_usage",
        db_index=False,
        db_constraint=False,
        verbose_name="customer",
    )
    action = models.CharField(max_length=50)
    tokens_spent = models.PositiveIntegerField()
    metadata = Metadata(default=dict, blank=True)
    status = models.CharField(max_length=10, choices=Status, default=Status.SPENT)
    expires_at = models.DateTimeField(null=True, blank=True, help_text="Holds only: when it is released automatically.")
    reason = models.CharField("released by", max_length=10, choices=Reason, blank=True)
    balance_after = models.BigIntegerField(help_text="The balance after the last change, in tokens.")
    created_at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(null=True, blank=True, help_text="Holds only: when it was captured or released.")

    objects = TokenUsageQuerySet.as_manager()

    class Meta:
        db_table = "token_usage"
        verbose_name_plural = "token usage"
        permissions = [("release_hold", "Can release holds")]
        constraints = [
            models.CheckConstraint(
                condition=Q(tokens_spent__gt=0) | Q(status="released", tokens_spent=0), name="usage_spends_something"
            ),
            models.CheckConstraint(condition=~Q(status="held") | Q(expires_at__isnull=False), name="hold_expires"),
            models.CheckConstraint(
                condition=Q(status="released", reason__in=["caller", "expired"]) | ~Q(status="released") & Q(reason=""),
                name="release_has_a_reason",
            ),
        ]
        indexes = [
            models.Index(fields=["user", "-id"], name="usage_newest_first"),
            models.Index(fields=["user", "expires_at"], condition=Q(status="held"), name="usage_held"),
            models.Index(fields=["-id"], condition=Q(status="released"), name="usage_released"),
            # What was held counts as spent when it was captured; a plain spend is in neither end of this index.
            models.Index(
                fields=["ended_at"], condition=Q(status="spent", ended_at__isnull=False), name="usage_captured"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.action}: {self.tokens_spent}"

    @classmethod
    def just_spent(
        cls, user_id: int, action: str, metadata: dict[str, Any], pk: int, tokens: int, balance: int, *, at: datetime
    ) -> TokenUsage:
        """The row that the database has just written for a spend, without asking for it."""
        row = {"id": pk, "user_id": user_id, "action": action, "tokens_spent": tokens, "metadata": metadata}
        row |= {"status": cls.Status.SPENT, "reason": "", "balance_after": balance, "created_at": at}
        names = [field.attname for field in cls._meta.concrete_fields]
        return cls.from_db(connection.alias, names, list(map(row.get, names)))
