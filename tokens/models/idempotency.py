from __future__ import annotations

from django.conf import settings
from django.db import models


class IdempotencyKey(models.Model):
    """A request that a caller named, and the answer it got. No answer yet: the request is under way."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.CASCADE,
        related_name="+",
        db_index=False,
        db_constraint=False,
        verbose_name="customer",
    )
    key = models.CharField(max_length=255)
    fingerprint = models.CharField(max_length=64, help_text="SHA-256 of what was asked.")
    answer = models.JSONField(null=True, blank=True)
    claimed_at = models.DateTimeField()
    claimed_by = models.CharField(max_length=120, blank=True, db_default="", help_text="The process at work on it.")

    class Meta:
        db_table = "idempotency_keys"
        permissions = [("see_answer", "Can see what requests with an idempotency key were answered")]
        constraints = [models.UniqueConstraint(fields=["user", "key"], name="idempotency_key_once_per_user")]

    def __str__(self) -> str:
        return self.key
