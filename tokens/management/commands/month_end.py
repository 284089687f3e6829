from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from tokens.reports.month_end import month_end, month_named, write_csv


class Command(BaseCommand):
    help = "Print the month-end report as CSV: movements of tokens and money, and deferred revenue."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("month", metavar="YYYY-MM")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            year, month = month_named(options["month"])
        except ValueError:
            raise CommandError(f"“{options['month']}” isn't a month. Use the form 2026-11.") from None
        reports = month_end(year, month)
        write_csv(self.stdout, reports)
        if not all(report.adds_up for report in reports):
            raise CommandError("The lines don't add up: run `manage.py check_ledger` to find the disagreement.")
