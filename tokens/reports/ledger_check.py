"""The audit once a day, beside everything else: a slice of users or hours at a time, in no transaction.

How far it is stands in a row, so a worker that starts goes on where another one ended. Each slice is followed by a
pause as long as it took, so the check never takes more than half of one connection.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts import sql
from tokens import leases
from tokens.jobs import works
from tokens.ledger.whose import Users
from tokens.models import LedgerCheck, LedgerEntry, Wallet
from tokens.reports.audit import audit_of
from tokens.reports.audit_hours import closed_hours_are_closed, hours_say_what_their_entries_say
from tokens.reports.closed_hours import end_of_step, stored_until

log = logging.getLogger(__name__)

EVERY = timedelta(days=1)
# For how long a slice is left to the worker that began it. One that takes longer may be looked at twice.
LEASE = timedelta(minutes=5)
USERS_AT_ONCE = 500
USAGES_AT_ONCE = 50_000
MOST_LINES = 100
SUMS = """
    SELECT count(*), coalesce(sum(balance), 0), coalesce(sum(-unposted - debt), 0) + coalesce((
        SELECT sum(remaining) FROM lots WHERE {whose}
    ), 0) FROM wallets WHERE {whose}
"""


@works("slices of the ledger checked")
def check_slice() -> bool:
    """Look at the next slice of the check that is under way or due; whether there was one to look at."""
    check = _taken()
    if check is None:
        return False
    started = time.monotonic()
    found, changes = _look(check)
    pause = timedelta(seconds=time.monotonic() - started)
    _note(check, found, next_at=timezone.now() + pause, **changes)
    return True


@dataclass(frozen=True)
class Known:
    """How many disagreements are known, and the last check that has seen everything; None before the first."""

    findings: int
    last: LedgerCheck | None


def known() -> Known:
    """What a check under way has found counts at once; what the last one found, until another has seen everything."""
    newest = list(LedgerCheck.objects.order_by("-pk")[:2])  # one at most is under way
    findings = next((check.findings for check in newest if check.finished_at or check.findings), 0)
    return Known(findings, next((check for check in newest if check.finished_at), None))


def _taken() -> LedgerCheck | None:
    """The check under way, with its next slice left to us; a new one when the last is a day old."""
    now = timezone.now()
    latest = LedgerCheck.objects.order_by("-pk").first()
    if latest is None or (latest.finished_at and latest.started_at <= now - EVERY):
        number = latest.pk + 1 if latest else 1
        try:
            with transaction.atomic():  # the number is the guard: two workers want the same one
                LedgerCheck.objects.create(pk=number, started_at=now, next_at=now)
        except IntegrityError:
            return None
    due = LedgerCheck.objects.filter(finished_at=None, next_at__lte=now)
    return leases.take(due, lambda check: {"next_at": now + LEASE})


def _look(check: LedgerCheck) -> tuple[list[str], dict[str, Any]]:
    """What the next slice disagrees in, and what the row says after it."""
    if check.users_until is not None:
        users = _next_users(check.users_until)
        [(wallets, balances, in_lots)] = sql.run(SUMS.format(whose=users.sql("user_id")), [])
        sums = {
            "wallets": check.wallets + int(wallets),
            "balances": check.balances + int(balances),
            "in_lots": check.in_lots + int(in_lots),
        }
        return _seen_twice(lambda: audit_of(users)), {"users_until": users.until, **sums}
    start = check.hours_until or _first_hour()
    end = stored_until()
    if start is None or end is None or start >= end:
        return _seen_twice(lambda: list(closed_hours_are_closed())), {"finished_at": timezone.now()}
    end = end_of_step(start, end)
    return _seen_twice(lambda: list(hours_say_what_their_entries_say(start, end))), {"hours_until": end}


def _next_users(after: int) -> Users:
    """So many users that one slice of them takes seconds, however much one of them has spent."""
    wallets = Wallet.objects.filter(pk__gt=after).order_by("pk").values_list("pk", "last_number")
    usages = 0
    for place, (user_id, its_usages) in enumerate(some := list(wallets[:USERS_AT_ONCE])):
        usages += its_usages
        if usages >= USAGES_AT_ONCE and place < len(some) - 1:
            return Users(after, user_id)
    return Users(after, some[-1][0] if len(some) == USERS_AT_ONCE else None)


def _seen_twice(look: Callable[[], list[str]]) -> list[str]:
    """What a second look finds too: between two statements the books of a shop that is open move on."""
    found = look()
    return [finding for finding in look() if finding in found] if found else []


def _first_hour() -> datetime | None:
    return LedgerEntry.objects.order_by("hour").values_list("hour", flat=True).first()


def _note(check: LedgerCheck, found: list[str], **changes: Any) -> None:
    """Write how far the check is, unless another worker has looked at this slice meanwhile."""
    lines = [*check.report.splitlines(), *found][:MOST_LINES]
    said = {"findings": check.findings + len(found), "report": "\n".join(lines)}
    same = {"users_until": check.users_until, "hours_until": check.hours_until, "finished_at": None}
    if not LedgerCheck.objects.filter(pk=check.pk, **same).update(**said, **changes):
        return
    for finding in found:
        log.error("Ledger check: %s", finding)
    if "finished_at" in changes and not said["findings"]:
        log.info("Ledger check: the ledger is correct.")
