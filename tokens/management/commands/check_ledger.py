from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from tokens.models import LedgerEntry, Wallet
from tokens.reports.audit import audit
from tokens.wording import counted


class Command(BaseCommand):
    help = "Re-derive every balance from the entries; print each disagreement and exit 1 if there is any."

    def handle(self, *args: Any, **options: Any) -> None:
        findings = audit()
        for finding in findings:
            self.stdout.write(finding)
        if findings:
            raise CommandError(f"The ledger disagrees in {counted(len(findings), 'place')}.")
        wallets, entries = Wallet.objects.count(), LedgerEntry.objects.count()
        checked = f"{counted(wallets, 'wallet')}, {counted(entries, 'entry', 'entries')}"
        self.stdout.write(f"The ledger is correct: {checked}.")
