"""Whether the shop can do its work: the database answers and takes writes, migrations are done, the worker works."""

from __future__ import annotations

import logging
import threading
from collections.abc import Collection
from datetime import timedelta
from functools import cache

from django.db import Error, connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

from soulfra.watching import asking
from tokens import heartbeat
from tokens.wording import counted

log = logging.getLogger(__name__)

# It says every few seconds that it works.
SILENT_AFTER = timedelta(minutes=1)
DATABASE, MIGRATIONS, WORKER = PARTS = ("database", "migrations", "worker")

READ_ONLY = "The database is read-only: this is a standby, or it was made so."

_asking = threading.Lock()


def reasons_against(parts: Collection[str]) -> list[str]:
    """A sentence for each of these parts that isn't ready; none when all are."""
    try:
        found = _ask(parts)
        if READ_ONLY in found:  # a kept connection may lead to what was the primary before a failover
            asking.close()
            found = _ask(parts)
        return found
    except asking.NoAnswer:
        return ["The database hasn't answered the last question yet."]
    except Error as error:
        log.warning("The database can't be used: %s", " ".join(str(error).split()))
        asking.close()
        return ["The database can't be reached: the log says why."]


def _ask(parts: Collection[str]) -> list[str]:
    with asking.one_at_a_time(_asking):
        return list(_found(parts))


def _found(parts: Collection[str]) -> list[str]:
    found = [_read_only(), _unmigrated(), ""]
    if not found[1]:  # else the table may not be there
        found[2] = _silent_worker()
    return [sentence for part, sentence in zip(PARTS, found, strict=True) if sentence and part in parts]


def _read_only() -> str:
    if connection.vendor != "postgresql":
        return ""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('transaction_read_only')")
        is_read_only = cursor.fetchone()[0] == "on"
    return READ_ONLY if is_read_only else ""


def _unmigrated() -> str:
    missing = len(_shipped() - MigrationRecorder(connection).applied_migrations().keys())
    isnt = "isn't" if missing == 1 else "aren't"
    return f"{counted(missing, 'migration')} {isnt} applied: run `./dev manage migrate`." if missing else ""


@cache
def _shipped() -> frozenset[tuple[str, str]]:
    return frozenset(MigrationLoader(None, ignore_no_migrations=True).disk_migrations)


def _silent_worker() -> str:
    beat = heartbeat.last_beat(heartbeat.WORKER)
    if beat is None:
        return "No worker has run yet: start `./dev manage worker`."
    if timezone.now() - beat < SILENT_AFTER:
        return ""
    return f"The worker has been silent since {beat:%Y-%m-%d %H:%M:%S} UTC: look at its log, and restart it."
