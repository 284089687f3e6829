from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from tokens.reports.closed_hours import close_hours, open_again


class Command(BaseCommand):
    help = "Store the totals of every finished hour, which reports read. The sweep does this bit by bit."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--again", action="store_true", help="Discard the stored totals first, for when check_ledger names an hour."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["again"]:
            open_again()
        total = 0
        while closed := close_hours(steps=1):
            total += closed
            if options["verbosity"] > 1:
                self.stdout.write(f"{total} hours so far.")
        self.stdout.write(f"{total} hours closed.")
