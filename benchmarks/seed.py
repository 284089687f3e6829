"""Fills an empty database with a shop that has been running for a while, in a few set-based statements.

Every size gives books that `check_ledger` finds right: each purchase is credited, most of its tokens are spent, one in
two hundred is refunded and one in a thousand is charged back. Works on PostgreSQL and on SQLite.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.contrib.auth.hashers import make_password
from django.core.management.color import no_style
from django.db import connection, models, transaction
from django.utils import timezone

from tokens.ledger.derived_totals import count_limits_again

HOUR, DAY = 60 * 60, 24 * 60 * 60
LOT_TOKENS, LOT_CENTS = 100, 1000
REFUNDED, CHARGED_BACK, NEVER_PAID = 200, 1000, 50
# The newest lots still have what their last spend would have taken.
OPEN_LOTS_PERCENT = 5
SPEND_EVERY_SECONDS = 420
PASSWORD = "benchmark-password"


@dataclass(frozen=True)
class Sizes:
    """How much there is to be. Purchases are spread evenly over the days that end now, and over the users."""

    purchases: int = 1000
    spends_each: int = 2
    users: int = 100
    domains: int = 0
    days: int = 365


def seed(sizes: Sizes) -> None:
    """Needs a migrated database without purchases. The users are `bench1`, `bench2`, …; `bench1` has the domains."""
    assert not apps.get_model("tokens", "Purchase").objects.exists(), "There are purchases already."
    now = int(timezone.now().timestamp())
    with transaction.atomic(), connection.cursor() as cursor:
        _people(cursor, sizes, now)
        _moves(cursor, sizes, now)
        _postings(cursor)
        for fill in (_purchases, _ledger, _totals, _emails_and_events, _domains):
            fill(cursor, sizes, now)
        for table in ("seed_entries", "seed_postings", "seed_moves", "seed_orders", "seed_user_id", "seed_lot"):
            cursor.execute(f"DROP TABLE {table}")
        for statement in connection.ops.sequence_reset_sql(no_style(), apps.get_models()):
            cursor.execute(statement)
    with connection.cursor() as cursor:
        # So that the planner knows the sizes, and PostgreSQL which rows its indexes can answer for alone.
        may_vacuum = connection.vendor == "postgresql" and not connection.in_atomic_block
        cursor.execute("VACUUM ANALYZE" if may_vacuum else "ANALYZE")


def _people(cursor: Any, sizes: Sizes, now: int) -> None:
    password = make_password(PASSWORD)
    people = {"id": "n", "username": "'bench' || n", "email": "'bench' || n || '@example.com'"}
    people |= {"password": f"'{password}'", "is_active": "true", "date_joined": _moment(f"{now - 400 * DAY}")}
    _insert(cursor, "accounts.User", people, _numbers(sizes.users))
    keys = {"user_id": "n", "name": "'bench'", "prefix": "'tk_bench'", "digest": "'seeded' || n"}
    _insert(cursor, "accounts.ApiKey", keys, _numbers(sizes.users))


def _moves(cursor: Any, sizes: Sizes, now: int) -> None:
    """Tables for what follows: the orders, every movement of tokens in the order of time, and sums.

    Each with its balance, and with the number of the user's newest usage: a spend's own.
    """
    start, step = now - sizes.days * DAY, sizes.days * DAY / (sizes.purchases + 1)
    spends, each = sizes.spends_each, LOT_TOKENS // max(1, sizes.spends_each)
    last_open = sizes.purchases * (100 - OPEN_LOTS_PERCENT) // 100
    cursor.execute(
        f"CREATE TEMPORARY TABLE seed_orders AS SELECT n AS id, 1 + n % {sizes.users} AS user_id, "
        f"{start} + CAST(n * {step} AS bigint) AS at, CASE WHEN n % {NEVER_PAID} = 7 THEN 'failed' "
        f"WHEN n % {NEVER_PAID} = 8 THEN 'expired' WHEN n % {REFUNDED} = 0 AND n % {CHARGED_BACK} <> 0 THEN 'refunded' "
        f"ELSE 'completed' END AS status FROM {_numbers(sizes.purchases)}"
    )
    kept = f"status = 'completed' AND id % {CHARGED_BACK} <> 0"
    gone = f"(status = 'refunded' OR status = 'completed' AND id % {CHARGED_BACK} = 0)"
    cursor.execute(
        "CREATE TEMPORARY TABLE seed_moves AS SELECT row_number() OVER (ORDER BY at, rank, lot) AS id, moves.*, "
        "CAST(SUM(tokens) OVER mine AS bigint) AS balance, "
        "SUM(CASE WHEN kind = 'spend' THEN 1 ELSE 0 END) OVER mine AS number FROM ("
        f"SELECT at, 0 AS rank, user_id, id AS lot, 'credit' AS kind, {LOT_TOKENS} AS tokens FROM seed_orders "
        "WHERE status IN ('completed', 'refunded') UNION ALL "
        f"SELECT at + n * {SPEND_EVERY_SECONDS}, n, user_id, id, 'spend', -{each} FROM seed_orders, "
        f"{_numbers(spends)} WHERE {kept} AND (n < {spends} OR id <= {last_open}) AND {spends} > 0 UNION ALL "
        f"SELECT at + 60, 1, user_id, id, 'reverse', -{LOT_TOKENS} FROM seed_orders WHERE {gone}) AS moves "
        "WINDOW mine AS (PARTITION BY user_id ORDER BY at, rank, lot)"
    )
    for name in ("user_id", "lot"):
        sums = f"SELECT {name}, SUM(tokens) AS tokens, MAX(number) AS number FROM seed_moves GROUP BY {name}"
        cursor.execute(f"CREATE TEMPORARY TABLE seed_{name} AS {sums}")
        cursor.execute(f"CREATE UNIQUE INDEX seed_{name}_once ON seed_{name} ({name})")


def _postings(cursor: Any) -> None:
    """Tables of postings, one for each user and hour with spends, and of all entries, each with the one before it."""
    cursor.execute(
        "CREATE TEMPORARY TABLE seed_postings AS SELECT row_number() OVER (ORDER BY MAX(at), user_id) AS id, user_id, "
        f"at / {HOUR} AS hour, MIN(number) AS first, MAX(number) AS last, -SUM(tokens) AS tokens, MAX(at) AS at "
        f"FROM seed_moves WHERE kind = 'spend' GROUP BY user_id, at / {HOUR}"
    )
    cursor.execute(
        "CREATE TEMPORARY TABLE seed_entries AS SELECT numbered.*, "
        "LAG(id) OVER (PARTITION BY user_id ORDER BY id) AS before FROM ("
        "SELECT row_number() OVER (ORDER BY at, rank, lot) AS id, entries.* FROM ("
        "SELECT at, rank, user_id, lot, kind, tokens, balance, number, "
        "CASE kind WHEN 'credit' THEN 'purchase' ELSE 'reversal' END AS cause, lot AS cause_id "
        "FROM seed_moves WHERE kind <> 'spend' UNION ALL "
        "SELECT p.at, MAX(m.rank), p.user_id, m.lot, 'spend', SUM(m.tokens), NULL, p.last, 'posting', p.id "
        f"FROM seed_postings p JOIN seed_moves m ON m.user_id = p.user_id AND m.at / {HOUR} = p.hour "
        "AND m.kind = 'spend' GROUP BY p.id, p.at, p.user_id, p.last, m.lot) AS entries) AS numbered"
    )


def _purchases(cursor: Any, sizes: Sizes, now: int) -> None:
    paid = "o.status IN ('completed', 'refunded')"
    taken = f"o.status = 'refunded' OR {paid} AND o.id % {CHARGED_BACK} = 0"
    order = {"id": "o.id", "user_id": "o.user_id", "type": "'tokens'", "package_key": "'bench'"}
    order |= {"description": "'Bench Pack'", "tokens": f"{LOT_TOKENS}", "amount_cents": f"{LOT_CENTS}"}
    order |= {"currency": "'usd'", "paid_cents": f"CASE WHEN {paid} THEN {LOT_CENTS} END", "status": "o.status"}
    order |= {"tokens_reversed": f"CASE WHEN {taken} THEN {LOT_TOKENS} ELSE 0 END"}
    order |= {"reversed_cents": f"CASE WHEN {taken} THEN {LOT_CENTS} ELSE 0 END"}
    order |= {"stripe_checkout_session_id": "'cs_bench_' || o.id", "created_at": _moment("o.at")}
    order |= {"stripe_payment_intent_id": "'pi_bench_' || o.id"}
    order |= {"completed_at": f"CASE WHEN {paid} THEN {_moment('o.at')} END"}
    _insert(cursor, "tokens.Purchase", order, "seed_orders o ORDER BY o.id")
    back = {"id": "o.id", "user_id": "o.user_id", "purchase_id": "o.id", "created_at": _moment("o.at + 60")}
    refund = {
        "amount_cents": f"{LOT_CENTS}",
        "status": "'succeeded'",
        "source": "'staff'",
        "stripe_id": "'re_' || o.id",
    }
    _insert(cursor, "tokens.Refund", back | refund, "seed_orders o WHERE o.status = 'refunded' ORDER BY o.id")
    lost = {"stripe_id": "'dp_' || o.id", "status": "'lost'", "amount_cents": f"{LOT_CENTS}"}
    lost |= {"withdrawn_cents": f"{LOT_CENTS}", "fetched_at": _moment("o.at + 60"), "currency": "'usd'"}
    lost |= {"settled_currency": "'usd'", "settled_taken": f"{LOT_CENTS}", "settled_kept": f"{LOT_CENTS}"}
    _insert(cursor, "tokens.Dispute", back | lost, f"seed_orders o WHERE {paid} AND o.id % {CHARGED_BACK} = 0")
    change = {"tokens_before": "0", "tokens_after": f"{LOT_TOKENS}"}
    change |= {"refunded_cents": f"CASE WHEN o.status = 'refunded' THEN {LOT_CENTS} ELSE 0 END"}
    change |= {"disputed_cents": f"CASE WHEN o.status = 'refunded' THEN 0 ELSE {LOT_CENTS} END"}
    change |= {"number": "e.number", "last_entry_id": "e.before"}
    source = f"seed_orders o JOIN seed_entries e ON e.kind = 'reverse' AND e.lot = o.id WHERE {taken} ORDER BY o.id"
    _insert(cursor, "tokens.Reversal", back | change, source)


def _ledger(cursor: Any, sizes: Sizes, now: int) -> None:
    wallet = {"user_id": "n", "balance": "COALESCE(sums.tokens, 0)"}
    wallet |= {"last_number": "COALESCE(sums.number, 0)", "posted_number": "COALESCE(sums.number, 0)"}
    _insert(cursor, "tokens.Wallet", wallet, f"{_numbers(sizes.users)} LEFT JOIN seed_user_id sums ON sums.user_id = n")
    lot = {"id": "o.id", "user_id": "o.user_id", "purchase_id": "o.id", "tokens": f"{LOT_TOKENS}"}
    lot |= {"remaining": "left_over.tokens", "paid_cents": f"{LOT_CENTS}", "currency": "'usd'"}
    lot |= {"created_at": _moment("o.at")}
    _insert(cursor, "tokens.Lot", lot, "seed_orders o JOIN seed_lot left_over ON left_over.lot = o.id ORDER BY o.id")
    usage = {"id": "m.id", "user_id": "m.user_id", "number": "m.number", "action": "'import_domain'"}
    usage |= {"tokens_spent": "-m.tokens", "status": "'spent'", "balance_after": "m.balance"}
    usage |= {"created_at": _moment("m.at")}
    _insert(cursor, "tokens.TokenUsage", usage, "seed_moves m WHERE m.kind = 'spend' ORDER BY m.id")
    posting = {"id": "p.id", "user_id": "p.user_id", "first_number": "p.first", "last_number": "p.last"}
    posting |= {"tokens": "p.tokens", "created_at": _moment("p.at")}
    _insert(cursor, "tokens.Posting", posting, "seed_postings p ORDER BY p.id")
    entry = {"id": "e.id", "user_id": "e.user_id", "lot_id": "e.lot", "kind": "e.kind", "tokens": "e.tokens"}
    entry |= {"balance_after": "e.balance", "worth_cents": f"e.tokens * {LOT_CENTS // LOT_TOKENS}"}
    entry |= {"cause_kind": "e.cause", "cause_id": "e.cause_id", "number": "e.number"}
    entry |= {"hour": _moment(f"e.at - e.at % {HOUR}"), "created_at": _moment("e.at")}
    _insert(cursor, "tokens.LedgerEntry", entry, "seed_entries e ORDER BY e.id")


def _totals(cursor: Any, sizes: Sizes, now: int) -> None:
    spent = {"user_id": "user_id", "action": "action", "tokens": "SUM(tokens_spent)", "count": "COUNT(*)"}
    _insert(cursor, "tokens.UsageTotal", spent, "token_usage GROUP BY user_id, action")
    daily = {"user_id": "user_id", "day": _day("at"), "action": "'import_domain'", "api_key": "0"}
    daily |= {"tokens": "-SUM(tokens)", "count": "COUNT(*)"}
    spends = f"seed_moves WHERE kind = 'spend' GROUP BY user_id, {_day('at')}"
    _insert(cursor, "tokens.DailyTotal", daily, spends)
    bought = {"user_id": "user_id", "currency": "currency", "purchases": "COUNT(*)"}
    bought |= {"tokens": "SUM(tokens - tokens_reversed)", "cents": "SUM(paid_cents - reversed_cents)"}
    paid = "status IN ('completed', 'partially_refunded', 'refunded')"
    _insert(cursor, "tokens.PurchaseTotal", bought, f"purchases WHERE {paid} GROUP BY user_id, currency")
    count_limits_again()


def _emails_and_events(cursor: Any, sizes: Sizes, now: int) -> None:
    email = {"id": "o.id", "user_id": "o.user_id", "kind": "'receipt'", "about": "'bench:' || o.id"}
    email |= {"subject": "'Your receipt'", "text": "'Thank you.'", "address": "'bench' || o.user_id || '@example.com'"}
    email |= {"status": "'sent'", "created_at": _moment("o.at"), "sent_at": _moment("o.at")}
    _insert(cursor, "tokens.Mail", email, "seed_orders o ORDER BY o.id")
    event = {"id": "o.id", "stripe_id": "'evt_bench_' || o.id", "type": "'checkout.session.completed'"}
    event |= {"livemode": "false", "payload": "'{}'", "status": "'done'", "received_at": _moment("o.at")}
    _insert(cursor, "tokens.StripeEvent", event, "seed_orders o ORDER BY o.id")


def _domains(cursor: Any, sizes: Sizes, now: int) -> None:
    brand = {"id": "n", "owner_id": "1", "domain": "'bench' || n || '.com'", "name": "'Bench ' || n"}
    brand |= {"slug": "'bench-' || n", "tier": "'foundation'", "paid_by": "'tokens'", "created_at": _moment(f"{now}")}
    _insert(cursor, "brands.Brand", brand, _numbers(sizes.domains))


def _insert(cursor: Any, model_name: str, given: dict[str, str], source: str) -> None:
    """One INSERT … SELECT; columns that are not given get their field's default."""
    model = apps.get_model(model_name)
    columns = {}
    for field in model._meta.concrete_fields:
        if field.column in given:
            columns[field.column] = given[field.column]
        elif not (field.generated or isinstance(field, models.AutoField)):
            columns[field.column] = _default(field)
    names = ", ".join(f'"{column}"' for column in columns)
    selected = ", ".join(
        f"CAST({sql} AS jsonb)" if _is_json(model, column) and connection.vendor == "postgresql" else sql
        for column, sql in columns.items()
    )
    cursor.execute(f'INSERT INTO "{model._meta.db_table}" ({names}) SELECT {selected} FROM {source}')


def _is_json(model: type[models.Model], column: str) -> bool:
    return any(field.column == column and isinstance(field, models.JSONField) for field in model._meta.concrete_fields)


def _default(field: Any) -> str:
    if isinstance(field, models.UUIDField) and not field.null:
        return "gen_random_uuid()" if connection.vendor == "postgresql" else "lower(hex(randomblob(16)))"
    if isinstance(field, models.DateTimeField):
        return "NULL" if field.null else _moment(f"{int(timezone.now().timestamp())}")
    value = field.get_default()
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int) else "'{}'" if value == {} else f"'{value}'"


def _numbers(count: int) -> str:
    """A table of one column `n`: 1 to `count`."""
    if connection.vendor == "postgresql":
        return f"generate_series(1, {count}) AS numbers(n)"
    steps = f"SELECT 1 WHERE {count} > 0 UNION ALL SELECT n + 1 FROM steps WHERE n < {count}"
    return f"(WITH RECURSIVE steps(n) AS ({steps}) SELECT n FROM steps) AS numbers"


def _moment(seconds: str) -> str:
    """Seconds since 1970 as the database keeps a moment."""
    if connection.vendor == "postgresql":
        return f"to_timestamp({seconds})"
    return f"strftime('%Y-%m-%d %H:%M:%S', {seconds}, 'unixepoch')"


def _day(seconds: str) -> str:
    """The day (UTC) of seconds since 1970."""
    if connection.vendor == "postgresql":
        return f"CAST(to_timestamp({seconds}) AT TIME ZONE 'UTC' AS date)"
    return f"strftime('%Y-%m-%d', {seconds}, 'unixepoch')"
