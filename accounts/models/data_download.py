from __future__ import annotations

import uuid
from collections.abc import Iterator

from django.conf import settings
from django.db import models
from django.db.models import Q


class DataDownload(models.Model):
    """A copy of everything the shop has about a customer, made for them by the worker and kept for a day.

    queued → running → ready | failed; running → queued, when a worker is stopped over it
    """

    class Status(models.TextChoices):
        QUEUED = "queued"
        RUNNING = "running"
        READY = "ready"
        FAILED = "failed"

    OPEN = (Status.QUEUED, Status.RUNNING)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="data_downloads", verbose_name="customer"
    )
    status = models.CharField(max_length=10, choices=Status, default=Status.QUEUED)
    attempts = models.PositiveSmallIntegerField(default=0)
    lease_until = models.DateTimeField(
        "reserved until", null=True, blank=True, help_text="Reserved for one worker until then."
    )
    size = models.PositiveBigIntegerField("size in bytes", default=0)
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True, help_text="When the file and this row are deleted.")

    class Meta:
        db_table = "data_downloads"
        constraints = [
            models.UniqueConstraint(
                fields=["user"], condition=Q(status__in=["queued", "running"]), name="data_download_one_at_a_time"
            )
        ]
        indexes = [
            models.Index(fields=["user", "-created_at"], name="data_downloads_newest_first"),
            models.Index(
                fields=["created_at"], condition=Q(status__in=["queued", "running"]), name="data_downloads_to_make"
            ),
            models.Index(fields=["expires_at"], name="data_downloads_to_delete"),
        ]

    def __str__(self) -> str:
        return f"data of user {self.user_id} ({self.status})"

    @property
    def is_open(self) -> bool:
        return self.status in self.OPEN

    @property
    def file_name(self) -> str:
        """Where this attempt writes: no two attempts share a file, so that one that is late spoils no other's."""
        return self._name(self.attempts)

    def file_names(self) -> Iterator[str]:
        """The files that any attempt may have left."""
        return map(self._name, range(1, self.attempts + 1))

    def _name(self, attempt: int) -> str:
        return f"personal-data/{self.pk}-{attempt}.json"
