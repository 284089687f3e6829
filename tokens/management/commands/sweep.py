from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from tokens import jobs
from tokens.sweep import sweep


class Command(BaseCommand):
    help = "Do everything that is due now: failed events, purchases whose webhook never came, old idempotency keys."

    def handle(self, *args: Any, **options: Any) -> None:
        done = sweep() | jobs.run_due()
        self.stdout.write(", ".join(f"{count} {what}" for what, count in done.items()) + ".")
