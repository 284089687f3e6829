from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from tokens.models import LedgerEntry, Wallet
from tokens.reports.audit import audit


class Command(BaseCommand):
    help = "Re-derive every balance from the entries; print each disagreement and exit 1 if there is any."

    def handle(self, *args: Any, **options: Any) -> None:
        findings = audit()
        for finding in findings:
            self.stdout.write(finding)
        if findings:
            raise CommandError(f"The ledger disagrees in {_counted(len(findings), 'place', 'places')}.")
        wallets, entries = Wallet.objects.count(), LedgerEntry.objects.count()
        counted = f"{_counted(wallets, 'wallet', 'wallets')}, {_counted(entries, 'entry', 'entries')}"
        self.stdout.write(f"The ledger is correct: {counted}.")


def _counted(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"
