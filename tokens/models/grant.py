from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

# What a customer is told of the reasons that staff choose from. Of another one, and of the note after it, nothing.
TOLD_REASONS = {
    "Goodwill": "goodwill",
    "Service issue": "service issue",
    "Promotion": "promotion",
    "Correction": "correction",
    "Requested by customer": "at your request",
}


class Grant(models.Model):
    """Tokens that staff gave or took, with who did it and why. Never changed afterwards."""

    class Kind(models.TextChoices):
        GRANT = "grant"
        DEDUCT = "deduct"

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="grants", verbose_name="customer")
    kind = models.CharField(max_length=10, choices=Kind)
    tokens = models.PositiveIntegerField()
    reason = models.CharField(max_length=500)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="grants_made")
    batch = models.ForeignKey(
        "tokens.GrantBatch",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="grants",
        db_index=False,
        verbose_name="bulk grant",
    )
    expires_at = models.DateTimeField(null=True, blank=True, help_text="Leave empty for tokens that never expire.")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "grants"
        permissions = [
            ("grant_tokens", "Can grant tokens up to the limit of support"),
            ("grant_any_tokens", "Can grant any number of tokens"),
            ("deduct_tokens", "Can deduct tokens"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(tokens__gt=0), name="grant_moves_tokens"),
            models.CheckConstraint(condition=~Q(reason=""), name="grant_has_a_reason"),
        ]
        indexes = [
            models.Index(fields=["user", "-id"], name="grants_newest_first"),
            models.Index(fields=["by", "created_at"], condition=Q(batch=None), name="grants_made_one_by_one"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.tokens}: {self.reason}"

    @property
    def told_reason(self) -> str:
        """The reason in the customer's words; "" for one that is not for the customer."""
        return TOLD_REASONS.get(self.reason.partition(":")[0], "")
