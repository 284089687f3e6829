"""How the shop talks to its database: SQLite in a file to try it, PostgreSQL in production."""

from typing import Any

# What must hold for every process, such as failed sign-ins and codes that were used; its table is made by a migration.
CACHES: dict[str, dict[str, Any]] = {
    "default": {
        "BACKEND": "accounts.limits.shared_cache.SharedCache",
        "LOCATION": "shared_cache",
        "OPTIONS": {"MAX_ENTRIES": 10_000},
    },
    # What the back office found of customers a moment ago need not be written anywhere.
    "process": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"},
}


def configured(database: dict[str, Any], *, keep_seconds: int, has_prepared_statements: bool) -> dict[str, Any]:
    """Django's settings for the database that an address names: `keep_seconds` is how long a connection is kept."""
    if database["ENGINE"] == "django.db.backends.sqlite3":
        options = {
            # A transaction that will write takes the write lock at once, so two of them queue and none fails half-way.
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
        }
        return {**database, "OPTIONS": options}
    postgresql = {
        **database,
        "ENGINE": "soulfra.postgresql",
        "CONN_MAX_AGE": keep_seconds,
        "CONN_HEALTH_CHECKS": True,
    }
    if not has_prepared_statements:
        return {**postgresql, "DISABLE_SERVER_SIDE_CURSORS": True}
    # The server plans each statement once for a connection; a pooler that gives every transaction another one needs it
    # off (pgbouncer before 1.21 does).
    prepared = {"server_side_binding": True, "prepare_threshold": 2}
    return {**postgresql, "OPTIONS": {**database.get("OPTIONS", {}), **prepared}}
