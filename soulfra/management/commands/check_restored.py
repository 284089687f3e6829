"""`manage.py check_restored`: whether the books of a restored database are right, what Stripe has beyond it, and until
when it is good. It changes nothing but, where asked to, the schema.
"""

from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser

from soulfra.backups.newest import newest_fact
from tokens.reconciliation.run import compare
from tokens.wording import counted

SHOWN = 20


class Command(BaseCommand):
    help = "Audit a restored database, compare it with Stripe, and say until when it is good; nothing is changed."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--migrate", action="store_true", help="first bring its schema up to this version's")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["migrate"]:
            call_command("migrate", verbosity=0, interactive=False)
        call_command("check_ledger", stdout=self.stdout)
        newest = newest_fact()
        if newest is None:
            raise CommandError("It is empty: nothing has ever happened in this database.")
        run = compare(adopt=True)
        lines = run.report.splitlines()
        for line in lines[:SHOWN]:
            self.stdout.write(line)
        if len(lines) > SHOWN:
            self.stdout.write(f"… and {len(lines) - SHOWN:,} more.")
        self.stdout.write(f"Good until {newest:%Y-%m-%d %H:%M:%S} UTC, its newest fact.")
        if run.finished_at is None:
            raise CommandError("Not everything could be compared with Stripe (see above).")
        since = f"since {run.since:%Y-%m-%d %H:%M}"
        if not lines:
            self.stdout.write(f"In sync with Stripe {since}.")
            return
        self.stdout.write(
            f"{counted(run.unrepaired, 'difference')} with Stripe {since}: after a real restore, "
            "`./dev manage reconcile --adopt` brings in what it can."
        )
