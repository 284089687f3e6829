from __future__ import annotations

from django.db import models


class Heartbeat(models.Model):
    """When a background process last said that it works."""

    name = models.CharField(max_length=50, primary_key=True)
    at = models.DateTimeField()

    class Meta:
        db_table = "heartbeats"

    def __str__(self) -> str:
        return f"{self.name} at {self.at.isoformat()}"
