from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models


class Export(models.Model):
    """A file of brands: built whole, then paid, then sent; the same file again for a while.

    building → ready | failed; failed → building, when it is asked for again;
    ready → lost, and its tokens are given back
    """

    class Status(models.TextChoices):
        BUILDING = "building"
        READY = "ready"
        FAILED = "failed"
        LOST = "lost", "File lost"

    class Format(models.TextChoices):
        JSON = "json", "JSON"
        CSV = "csv", "CSV"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="exports", verbose_name="customer")
    status = models.CharField(max_length=10, choices=Status, default=Status.BUILDING)
    format = models.CharField(max_length=4, choices=Format)
    filters = models.JSONField(default=dict, help_text="Which brands: tier, category, type, is_test.")
    file = models.FileField(upload_to="exports/%Y/%m/%d", blank=True)
    brands = models.PositiveIntegerField(default=0, help_text="How many brands the file contains.")
    usage = models.OneToOneField(
        "tokens.TokenUsage", models.PROTECT, null=True, blank=True, related_name="export", editable=False
    )
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(help_text="When the file is deleted.")

    class Meta:
        db_table = "exports"
        indexes = [
            models.Index(fields=["user", "-created_at"], name="exports_newest_first"),
            models.Index(fields=["-created_at"], name="exports_newest"),
            models.Index(fields=["expires_at"], name="exports_to_delete"),
        ]

    def __str__(self) -> str:
        return f"{self.format} of {self.brands} brands ({self.status})"
