from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from tokens.ledger.recounting import recount
from tokens.wording import counted


class Command(BaseCommand):
    help = "Work out running and daily totals anew; print each that was wrong. No balance changes."

    def handle(self, *args: Any, **options: Any) -> None:
        found = 0
        for found, line in enumerate(recount(), start=1):  # noqa: B007  counted for the last line
            self.stdout.write(line)
        self.stdout.write(f"{counted(found, 'total')} put right." if found else "Every total is right.")
