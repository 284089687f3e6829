"""`manage.py import_domains FILE --user NAME`: import a CSV file, wait for its end, and say what it cost."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from brands.bulk_import.skipped import skipped_rows
from brands.bulk_import.start import start_file
from brands.bulk_import.text import read_file
from brands.bulk_import.work import work_one
from brands.customer import customer_named
from brands.models import CsvImport
from tokens.errors import TokenError
from tokens.ledger.wallet import get_token_balance
from tokens.wording import counted

LOOKED_AT_EVERY = 0.2  # seconds
LISTED = 20
PROGRESS = ["status", "staged", "wanted", "imported", "skipped", "tokens_spent", "error"]


class Command(BaseCommand):
    help = "Import a CSV file of domains for a user, all or nothing. Safe to run twice: existing domains are skipped."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", metavar="FILE")
        parser.add_argument(
            "--user", metavar="NAME", help="the owner of the domains; needed when there are several users"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        user, path = customer_named(options["user"]), Path(options["file"])
        try:
            csv_import = start_file(user.pk, read_file(path), filename=path.name)
        except TokenError as error:
            raise CommandError(f"Nothing was imported: {error}") from error
        for notice in csv_import.notices:
            self.stdout.write(notice)
        self._wait_for(csv_import)
        if csv_import.status == CsvImport.Status.FAILED:
            spent = csv_import.tokens_spent  # when its holds were captured by other means
            charged = f"{counted(spent, 'token')} had been captured before" if spent else "nothing charged"
            raise CommandError(f"Nothing was imported and {charged}: {csv_import.error}")
        for row in skipped_rows(csv_import, limit=LISTED):
            self.stdout.write(f"Skipped: line {row.line}, {row.domain or 'no domain'}: {row.error}")
        more = (csv_import.skipped or 0) - LISTED
        if more > 0:
            self.stdout.write(f"Skipped: {counted(more, 'more row')}.")
        self.stdout.write(
            f"{csv_import.imported:,} of {counted(csv_import.rows, 'row')} imported for {user.get_username()}, "
            f"{counted(csv_import.tokens_spent, 'token')} spent. Balance: {get_token_balance(user.pk):,}."
        )

    def _wait_for(self, csv_import: CsvImport) -> None:
        """The work is done by this command, or by a worker that takes it first."""
        shown = -1
        while not csv_import.is_over:
            if not work_one():
                time.sleep(LOOKED_AT_EVERY)
            csv_import.refresh_from_db(fields=PROGRESS)
            if csv_import.staged != shown:
                shown = csv_import.staged
                self.stdout.write(f"{shown} of {csv_import.wanted} …")
