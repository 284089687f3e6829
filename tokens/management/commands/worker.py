from __future__ import annotations

import logging
import signal
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import close_old_connections

from tokens import heartbeat, jobs
from tokens.sweep import sweep

log = logging.getLogger(__name__)


class Command(BaseCommand):
    help = "Run the sweep every minute and queued jobs at once, until stopped (SIGTERM or Ctrl-C)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--every", type=float, default=60, metavar="SECONDS")

    def handle(self, *args: Any, **options: Any) -> None:
        stopped = jobs.stopping
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stopped.set())
        threads = [
            *jobs.start_threads(),
            heartbeat.start(heartbeat.WORKER, stopped, is_well=lambda: not jobs.is_stuck()),
        ]
        try:
            while not stopped.is_set():
                self._sweep_once()
                stopped.wait(options["every"])
        finally:
            jobs.stop_threads(threads)

    def _sweep_once(self) -> None:
        close_old_connections()
        try:
            done = sweep()
        except Exception:  # the next minute tries again; a worker that died would try nothing
            log.exception("The sweep failed")
        else:
            if any(done.values()):
                log.info("Sweep: %s", ", ".join(f"{count} {what}" for what, count in done.items() if count))
