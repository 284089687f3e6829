"""What the database says of the shop at this moment: how long the oldest of each queue has waited, when each round of
upkeep last ended, and what the checks of the books have found.

The same whichever process is asked; so where several are, an alarm takes the highest.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from django.db import Error
from django.db.models import Min, QuerySet
from django.utils import timezone
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from brands.models import Analysis, CsvImport
from soulfra.watching import asking
from tokens.models import AccountMail, GrantBatch, Heartbeat, Mail, StripeEvent, TokenUsage, Wallet
from tokens.reports import ledger_check, waiting

log = logging.getLogger(__name__)

_asking = threading.Lock()

# The rows of each queue, and since when each of them waits.
QUEUES: dict[str, tuple[Callable[[], QuerySet[Any]], str]] = {
    "event": (lambda: StripeEvent.objects.filter(status__in=["pending", "failed"]), "received_at"),
    "email": (lambda: Mail.objects.filter(status=Mail.Status.WAITING), "created_at"),
    "account email": (lambda: AccountMail.objects.all(), "created_at"),
    "hold": (lambda: TokenUsage.objects.held(), "created_at"),
    "expiry": (lambda: Wallet.objects.filter(due_at__lt=timezone.now()), "due_at"),
    "posting": (lambda: Wallet.objects.filter(unposted_since__isnull=False), "unposted_since"),
    "grant list": (lambda: GrantBatch.objects.filter(status__in=["ready", "running"]), "created_at"),
    "import": (lambda: CsvImport.objects.filter(status__in=["queued", "running"]), "queued_at"),
    "analysis": (lambda: Analysis.objects.filter(status__in=["queued", "running"]), "created_at"),
}


class Books(Collector):
    def collect(self) -> Iterator[Metric]:
        """Gauges; when the database can't be asked, only that."""
        try:
            with asking.one_at_a_time(_asking):
                gauges = [*_oldest(), *_ends(), *_open(), *_ledger()]
        except (Error, asking.NoAnswer) as error:
            log.warning("The figures could not be read: %s", " ".join(str(error).split()) or "no answer")
            asking.close()
            yield _gauge("soulfra_database_up", "Whether the database answered.", 0)
            return
        yield _gauge("soulfra_database_up", "Whether the database answered.", 1)
        yield from gauges


def _oldest() -> Iterator[Metric]:
    ages = GaugeMetricFamily("soulfra_oldest_seconds", "For how long the oldest of a queue has waited.", labels=["of"])
    now = timezone.now()
    for what, (rows, since) in QUEUES.items():
        ages.add_metric([what], _seconds(rows().order_by().aggregate(at=Min(since))["at"], now))
    yield ages


def _seconds(since: datetime | None, now: datetime) -> float:
    return max(0.0, (now - since).total_seconds()) if since else 0.0


def _ends() -> Iterator[Metric]:
    """Moments, in seconds since 1970: Prometheus works out how long ago they were. What never ended has none."""
    ends = GaugeMetricFamily("soulfra_last_timestamp_seconds", "When this last ended well.", labels=["of"])
    reconciliation, check = waiting.last_reconciliation(), ledger_check.known().last
    moments = {
        **dict(Heartbeat.objects.values_list("name", "at")),
        "reconciliation": reconciliation and reconciliation.finished_at,
        "ledger check": check and check.finished_at,
    }
    for what, at in moments.items():
        if at:
            ends.add_metric([what], at.timestamp())
    yield ends


def _open() -> Iterator[Metric]:
    """What waits for somebody."""
    last = waiting.last_reconciliation()
    unrepaired = last.unrepaired if last else 0
    yield _gauge("soulfra_unrepaired_differences", "Differences with Stripe that the last run left.", unrepaired)
    failed = waiting.failed_events().count()
    yield _gauge("soulfra_failed_events", "Stripe events whose handling failed.", failed)
    given_up = waiting.undelivered_emails().count()
    yield _gauge("soulfra_undelivered_emails", "Emails that are not tried again.", given_up)


def _ledger() -> Iterator[Metric]:
    known = ledger_check.known()
    found = "Disagreements that the daily check of the ledger has found."
    yield _gauge("soulfra_ledger_disagreements", found, known.findings)
    if check := known.last:
        balance = GaugeMetricFamily("soulfra_ledger_tokens", "What each side of the books came to.", labels=["side"])
        balance.add_metric(["wallets"], check.balances)
        balance.add_metric(["lots"], check.in_lots)
        yield balance


def _gauge(name: str, what: str, value: float) -> Metric:
    return GaugeMetricFamily(name, what, value=value)
