"""Rows that the shop would never write: what the audit is there to find."""

from contextlib import contextmanager

from django.db import connection
from django.db.models import Max
from django.utils import timezone

from tokens.ledger.hours import start_of_hour
from tokens.models import LedgerEntry, TokenUsage


def plant_usage(user, *, number, **fields):
    """A plain spend of one token that moved nothing."""
    defaults = {"action": "import_domain", "tokens_spent": 1, "balance_after": 494}
    return TokenUsage.objects.create(user_id=user.pk, number=number, **{**defaults, **fields})


def plant_usages(user, times):
    """So many of them, with the numbers that come next."""
    newest = TokenUsage.objects.filter(user=user).aggregate(newest=Max("number"))["newest"] or 0
    spent = {"action": "import_domain", "tokens_spent": 1, "balance_after": 0}
    TokenUsage.objects.bulk_create(
        TokenUsage(user=user, number=number, **spent) for number in range(newest + 1, newest + times + 1)
    )


def plant_entry(lot, *, cause, **fields):
    """An entry that moved nothing: one token deducted in the wallet of its lot, unless the fields say otherwise.

    `cause` is (kind, id).
    """
    at = timezone.now()
    defaults = {"wallet_id": lot.wallet_id, "kind": "deduct", "tokens": -1, "balance_after": 494, "number": 1}
    times = {"hour": start_of_hour(at), "created_at": at}
    named = {"cause_kind": cause[0], "cause_id": cause[1]}
    return LedgerEntry.objects.create(lot=lot, **{**defaults, **times, **named, **fields})


@contextmanager
def unguarded(table):
    """Meanwhile the triggers of the table refuse nothing. Inside a transaction only."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # a table with checks that wait cannot be altered
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
            yield
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
            return
        cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = %s", [table])
        triggers = cursor.fetchall()
        for name, _ in triggers:
            cursor.execute(f"DROP TRIGGER {name}")
        yield
        for _, sql in triggers:
            cursor.execute(sql)
