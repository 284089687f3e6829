"""What was spent and moved before is numbered and named as the ledger that posts later needs it.

No entry's tokens, lot, kind, time or balance is changed. Debts, which were lots below zero, become a figure of their
wallet: an entry of its own lifts each such lot to zero.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any

from django.db import migrations
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps
from django.utils import timezone

# Usages in the order in which they took their tokens, which their ids need not have. (The casts give the columns a type
# on SQLite, whose index would not be used without one.)
NUMBERED = [
    """CREATE TEMPORARY TABLE first_entries AS
    SELECT usage_id, CAST(min(id) AS bigint) AS entry_id FROM ledger_entries WHERE usage_id IS NOT NULL
    GROUP BY usage_id""",
    """CREATE TEMPORARY TABLE numbered AS
    SELECT u.id AS usage_id, u.user_id, f.entry_id,
        row_number() OVER (PARTITION BY u.user_id ORDER BY f.entry_id NULLS LAST, u.id) AS number
    FROM token_usage u LEFT JOIN first_entries f ON f.usage_id = u.id""",
    "CREATE UNIQUE INDEX numbered_once ON numbered (usage_id)",
    "CREATE INDEX numbered_by_entry ON numbered (entry_id)",
]
# Keys whose answer is a list of plain spends with successive numbers; a hold's answer is a list of one, and stays.
KEYED = [
    """CREATE TEMPORARY TABLE keyed AS
    SELECT k.id AS key_id, min(n.number) AS number, k.user_id, count(*) AS batch_size,
        {key_digest} AS key_digest, {request_digest} AS request_digest
    FROM idempotency_keys k JOIN {answered} ON true
    LEFT JOIN token_usage u ON u.id = {usage_id} AND u.user_id = k.user_id AND u.expires_at IS NULL
    LEFT JOIN numbered n ON n.usage_id = u.id
    WHERE k.answer IS NOT NULL AND length(k.fingerprint) = 64
    GROUP BY k.id, k.user_id, k.key, k.fingerprint
    HAVING count(n.number) = count(*) AND count(DISTINCT n.number - {place}) = 1""",
    # Two keys that name the same usages: the first was the call.
    "DELETE FROM keyed WHERE key_id NOT IN (SELECT min(key_id) FROM keyed GROUP BY user_id, number)",
    "CREATE UNIQUE INDEX keyed_once ON keyed (user_id, number)",
]
USAGES = """
    UPDATE token_usage SET number = n.number, key_digest = k.key_digest, request_digest = k.request_digest,
        batch_size = coalesce(k.batch_size, 1)
    FROM numbered n LEFT JOIN keyed k ON k.user_id = n.user_id AND k.number = n.number
    WHERE n.usage_id = token_usage.id
"""
ENTRIES = """
    UPDATE ledger_entries SET number = counted.number, hour = {hour},
        cause_kind = CASE WHEN usage_id IS NOT NULL THEN 'usage' WHEN purchase_id IS NOT NULL THEN 'purchase'
            WHEN grant_id IS NOT NULL THEN 'grant' WHEN reversal_id IS NOT NULL THEN 'reversal' ELSE 'lot' END,
        cause_id = coalesce(usage_id, purchase_id, grant_id, reversal_id, lot_id)
    FROM (
        SELECT e.id, count(n.usage_id) OVER (PARTITION BY e.user_id ORDER BY e.id) AS number
        FROM ledger_entries e LEFT JOIN numbered n ON n.entry_id = e.id
    ) counted WHERE counted.id = ledger_entries.id
"""
WALLETS = """
    UPDATE wallets SET last_number = counted.number, posted_number = counted.number
    FROM (SELECT user_id, count(*) AS number FROM token_usage GROUP BY user_id) counted
    WHERE counted.user_id = wallets.user_id
"""
# Each stands before the first of its entries, which is no usage's; one that has none, after what was there by then.
REVERSALS = [
    """UPDATE reversals SET last_entry_id = coalesce((
        SELECT max(e.id) FROM ledger_entries e WHERE e.user_id = reversals.user_id AND e.id < first.entry_id), 0)
    FROM (SELECT reversal_id, min(id) AS entry_id FROM ledger_entries WHERE reversal_id IS NOT NULL GROUP BY 1) first
    WHERE first.reversal_id = reversals.id""",
    """UPDATE reversals SET last_entry_id = coalesce((
        SELECT max(e.id) FROM ledger_entries e
        WHERE e.user_id = reversals.user_id AND e.created_at <= reversals.created_at), 0)
    WHERE last_entry_id IS NULL""",
    """UPDATE reversals SET number = coalesce((
        SELECT e.number FROM ledger_entries e WHERE e.id = reversals.last_entry_id), 0)""",
]
DAYS = """
    INSERT INTO daily_totals (user_id, day, action, api_key, tokens, count)
    SELECT user_id, {day}, action, 0, sum(tokens_spent), sum(quantity)
    FROM token_usage WHERE status = 'spent' GROUP BY 1, 2, 3
"""
PARTS = {
    "postgresql": {
        "key_digest": "CAST(left(encode(sha256(convert_to(k.key, 'UTF8')), 'hex'), 32) AS uuid)",
        "request_digest": "CAST(left(k.fingerprint, 32) AS uuid)",
        "answered": "LATERAL jsonb_array_elements(CASE WHEN jsonb_typeof(k.answer) = 'array' THEN k.answer ELSE '[]' END)"
        " WITH ORDINALITY each(usage_id, place)",
        "usage_id": "CASE WHEN jsonb_typeof(each.usage_id) = 'number' THEN CAST(each.usage_id AS bigint) END",
        "place": "each.place",
        "hour": "date_trunc('hour', created_at, 'UTC')",
        "day": "CAST(coalesce(ended_at, created_at) AT TIME ZONE 'UTC' AS date)",
    },
    "sqlite": {
        "key_digest": "digest_of_key(k.key)",
        "request_digest": "substr(k.fingerprint, 1, 32)",
        "answered": "json_each(CASE WHEN json_type(k.answer) = 'array' THEN k.answer ELSE '[]' END) each",
        "usage_id": "CASE WHEN each.type = 'integer' THEN each.value END",
        "place": "each.key",
        "hour": "substr(created_at, 1, 13) || ':00:00'",
        "day": "substr(coalesce(ended_at, created_at), 1, 10)",
    },
}


def fill(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    connection = schema_editor.connection
    parts = PARTS[connection.vendor]
    _prepare(connection)
    steps = [
        *NUMBERED,
        *(statement.format(**parts) for statement in KEYED),
        *(["ANALYZE numbered", "ANALYZE keyed"] if connection.vendor == "postgresql" else []),
        USAGES,
        "DELETE FROM idempotency_keys WHERE id IN (SELECT key_id FROM keyed)",
        ENTRIES.format(**parts),
        WALLETS,
        *REVERSALS,
        DAYS.format(**parts),
        *(f"DROP TABLE {name}" for name in ("keyed", "numbered", "first_entries")),
    ]
    with connection.cursor() as cursor:
        for statement in steps:
            cursor.execute(statement)
    _settle_debts(apps)


def _prepare(connection: BaseDatabaseWrapper) -> None:
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL work_mem = '128MB'")
        return
    connection.ensure_connection()
    connection.connection.create_function("digest_of_key", 1, _digest_of_key, deterministic=True)


def _digest_of_key(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()[:32]


def _settle_debts(apps: StateApps) -> None:
    """Lift every lot below zero to zero: its wallet's `debt` has said so all along.

    Tokens that were unfrozen while there was a debt have not repaid it yet, as they do from now on.
    """
    now = timezone.now()
    closed_until = apps.get_model("tokens", "Books").objects.get().closed_until
    owing = apps.get_model("tokens", "Lot").objects.filter(remaining__lt=0).order_by("pk")
    wallets = set()
    for lot in owing.select_related("wallet"):
        reversal = apps.get_model("tokens", "Reversal").objects.filter(purchase=lot.purchase_id).order_by("-pk").first()
        if lot.purchase_id is None or reversal is None:
            raise RuntimeError(
                f"Lot {lot.pk} of user {lot.wallet_id} is below zero ({lot.remaining}), and no refund or dispute of its"
                " purchase says why. Nothing was changed: run check_ledger with the version before, and mend this lot."
            )
        reversal.debt_made = -lot.remaining
        reversal.save(update_fields=["debt_made"])
        wallets.add(lot.wallet_id)
        _move(apps, lot, -lot.remaining, "correct", cause=("reversal", reversal.pk), now=now, closed_until=closed_until)
    for wallet in apps.get_model("tokens", "Wallet").objects.filter(pk__in=wallets):
        _repay(apps, wallet, now, closed_until)


def _repay(apps: StateApps, wallet: Any, now: datetime, closed_until: datetime | None) -> None:
    lots = apps.get_model("tokens", "Lot").objects.filter(wallet=wallet, remaining__gt=0, frozen_at=None)
    for lot in sorted(lots, key=lambda lot: (lot.expires_at is None, lot.expires_at, lot.paid_cents > 0, lot.pk)):
        tokens = min(lot.remaining, wallet.debt)
        if not tokens:
            return
        wallet.debt -= tokens
        wallet.save(update_fields=["debt"])
        cause = ("purchase", lot.purchase_id) if lot.purchase_id else ("grant", lot.grant_id)
        _move(apps, lot, -tokens, "repay", cause=cause, now=now, closed_until=closed_until)


def _move(
    apps: StateApps,
    lot: Any,
    tokens: int,
    kind: str,
    *,
    cause: tuple[str, int],
    now: datetime,
    closed_until: datetime | None,
) -> None:
    """Move a lot's tokens beside the balance, in the hour of now, or the first that is open."""
    at = max(now, lot.wallet.updated_at)
    hour = at.replace(minute=0, second=0, microsecond=0)
    before, lot.remaining = lot.remaining, lot.remaining + tokens
    apps.get_model("tokens", "LedgerEntry").objects.create(
        wallet_id=lot.wallet_id,
        lot=lot,
        kind=kind,
        tokens=tokens,
        worth_cents=lot.paid_cents * lot.remaining // lot.tokens - lot.paid_cents * before // lot.tokens,
        cause_kind=cause[0],
        cause_id=cause[1],
        number=lot.wallet.last_number,
        hour=max(hour, closed_until) if closed_until else hour,
        created_at=at,
    )
    lot.save(update_fields=["remaining"])


class Migration(migrations.Migration):
    dependencies = [("tokens", "0024_post_later")]
    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
