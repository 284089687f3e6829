from __future__ import annotations

import argparse
import re
from datetime import date, datetime, time, timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from tokens.reconciliation.run import compare, reconcile
from tokens.wording import counted

UNITS = {"m": "minutes", "h": "hours", "d": "days"}


def moment(text: str) -> datetime:
    """A UTC moment from `2026-11-01`, `2026-11-01T08:00Z`, or ago: `7d`, `12h`. Raises ArgumentTypeError."""
    try:
        ago = re.fullmatch(r"(\d{1,6})([dhm])", text)
        if ago:
            return timezone.now() - timedelta(**{UNITS[ago[2]]: int(ago[1])})
        if re.fullmatch(r"[\d-]+", text):
            found = datetime.combine(date.fromisoformat(text), time.min)
        else:
            found = datetime.fromisoformat(text)
        found = timezone.make_aware(found) if timezone.is_naive(found) else found
        is_past = 0 < found.timestamp() <= timezone.now().timestamp()
    except (ValueError, OverflowError):
        is_past = False
    if not is_past:
        raise argparse.ArgumentTypeError(
            f"“{text}” isn't a time in the past. Use a date (2026-11-01), a time (2026-11-01T08:00Z) or an age (7d)."
        )
    return found


class Command(BaseCommand):
    help = "Compare the ledger with Stripe and fix differences, one line each; exit 1 if any remain."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--since", type=moment, metavar="WHEN", help="a date, a time or an age such as 7d; else since the last run"
        )

        parser.add_argument(
            "--adopt",
            action="store_true",
            help="first make purchases again that Stripe knows and this database, restored from before, lacks",
        )
        parser.add_argument("--dry-run", action="store_true", help="only print the differences; change nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        how = compare if options["dry_run"] else reconcile
        run = how(options["since"], adopt=options["adopt"])
        if run.report:
            self.stdout.write(run.report)
        since = f"since {run.since:%Y-%m-%d %H:%M}"
        if run.finished_at is None:
            raise CommandError(f"Not everything {since} could be compared with Stripe.", returncode=2)
        if run.unrepaired:
            raise CommandError(f"Differences with Stripe {since}: {run.repaired} fixed, {run.unrepaired} open.")
        self.stdout.write(f"In sync with Stripe {since}: {counted(run.repaired, 'difference')} fixed.")
