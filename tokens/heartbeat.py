"""Signs of life of background processes: one row for each name, whichever machine the process runs on."""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone

from tokens.models import Heartbeat

WORKER = "worker"
SWEEP = "sweep"  # of its end


def beat(name: str) -> None:
    """Write that the process works: one small statement once its row is there."""
    now = timezone.now()
    if not Heartbeat.objects.filter(pk=name).update(at=now):
        Heartbeat.objects.bulk_create([Heartbeat(name=name, at=now)], ignore_conflicts=True)


def last_beat(name: str) -> datetime | None:
    """When the process last said so; None: never."""
    return Heartbeat.objects.filter(pk=name).values_list("at", flat=True).first()
