"""`manage.py restore_drill FILE`: prove that a backup can be restored, without touching the shop."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from soulfra.backups import scratch


class Command(BaseCommand):
    help = "Restore a backup into a scratch database, audit it, compare it with Stripe, and say until when it is good."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="a copy made by `backup`, or a dump of pg_dump")
        parser.add_argument(
            "--server",
            default=os.environ.get("DATABASE_URL", ""),
            metavar="URL",
            help="the PostgreSQL on which a dump is restored, in a database of its own; else the shop's",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        backup: Path = options["file"]
        with scratch.restored(backup, server=options["server"]) as address:
            self.stdout.write(f"{backup} was restored into a scratch database.")
            checked = subprocess.run(
                [sys.executable, "manage.py", "check_restored", "--migrate"],
                cwd=settings.BASE_DIR,
                env={**os.environ, "DATABASE_URL": address},
                capture_output=True,
                text=True,
            )
        self.stdout.write(checked.stdout.rstrip())
        if checked.returncode:
            said = checked.stderr.strip().splitlines() or ["It ended without a word."]
            raise CommandError(f"{backup} is not good: {said[-1].removeprefix('CommandError: ')}")
