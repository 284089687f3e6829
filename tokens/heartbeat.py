"""Signs of life of background processes: one row for each name, whichever machine the process runs on."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from datetime import datetime

from django.conf import settings
from django.db import close_old_connections, connections
from django.utils import timezone

from tokens import signs_of_life
from tokens.models import Heartbeat

log = logging.getLogger(__name__)

WORKER = "worker"
SWEEP = "sweep"  # of its end
SECONDS_BETWEEN_BEATS = 5.0


def beat(name: str) -> None:
    """Write that the process works: one small statement once its row is there."""
    now = timezone.now()
    if not Heartbeat.objects.filter(pk=name).update(at=now):
        Heartbeat.objects.bulk_create([Heartbeat(name=name, at=now)], ignore_conflicts=True)


def last_beat(name: str) -> datetime | None:
    """When the process last said so; None: never."""
    return Heartbeat.objects.filter(pk=name).values_list("at", flat=True).first()


def start(name: str, stopping: threading.Event, *, is_well: Callable[[], bool]) -> threading.Thread:
    """Start a thread that beats every few seconds while all is well, until `stopping` is set."""
    thread = threading.Thread(target=_keep_beating, args=[name, stopping, is_well], name="heartbeat", daemon=True)
    thread.start()
    return thread


def _keep_beating(name: str, stopping: threading.Event, is_well: Callable[[], bool]) -> None:
    try:
        while not stopping.is_set():
            if is_well():
                _beat_everywhere(name)
            stopping.wait(SECONDS_BETWEEN_BEATS)
    finally:
        signs_of_life.stop()
        connections.close_all()


def _beat_everywhere(name: str) -> None:
    # Also while the database is away, which starting again would not bring back.
    signs_of_life.give(hangs_after=settings.WORKER_HANG_SECONDS)
    try:
        close_old_connections()
        beat(name)
    except Exception as error:  # the next one tries again
        log.warning("The %s could not write its heartbeat: %s", name, error)
