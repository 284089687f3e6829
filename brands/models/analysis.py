from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q


class Analysis(models.Model):
    """One analysis of a brand, and what it cost: tokens are held first and spent only when there is a result.

    queued → running → done | failed
    """

    class Status(models.TextChoices):
        QUEUED = "queued"
        RUNNING = "running"
        DONE = "done"
        FAILED = "failed"

    brand = models.ForeignKey("brands.Brand", models.CASCADE, related_name="analyses")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="analyses", verbose_name="customer")
    hold = models.OneToOneField(
        "tokens.TokenUsage", models.PROTECT, null=True, blank=True, related_name="analysis", editable=False
    )
    status = models.CharField(max_length=10, choices=Status, default=Status.QUEUED)
    engine = models.CharField(max_length=20, help_text="“rules”, or “model” for a language model.")
    model = models.CharField(max_length=120, blank=True)
    prompt_version = models.CharField(max_length=20, blank=True)
    duration_ms = models.PositiveIntegerField("duration (ms)", null=True, blank=True)
    result = models.JSONField(null=True, blank=True)
    error = models.CharField(max_length=500, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    lease_until = models.DateTimeField(
        "reserved until", null=True, blank=True, help_text="Reserved for one worker until then."
    )
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "analyses"
        verbose_name_plural = "analyses"
        constraints = [
            models.UniqueConstraint(
                fields=["brand"], condition=Q(status__in=["queued", "running"]), name="analysis_one_at_a_time"
            ),
        ]
        indexes = [
            models.Index(fields=["brand", "-id"], name="analyses_newest_first"),
            models.Index(fields=["engine", "-id"], name="analyses_by_engine"),
            models.Index(fields=["created_at"], condition=Q(status__in=["queued", "running"]), name="analyses_to_run"),
        ]

    def __str__(self) -> str:
        return f"{self.engine} analysis of brand {self.brand_id} ({self.status})"
