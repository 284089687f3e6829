"""How the shop talks to its database: SQLite in a file to try it, PostgreSQL in production.

Web processes have limits that the worker, migrations and commands don't: people wait for a page for seconds, and a
month-end report may take minutes. `soulfra.wsgi` sets them.
"""

from __future__ import annotations

import os
from typing import Any

import environ
from django.conf import settings
from django.db import OperationalError, connections

from soulfra import pasted
from tokens.database_trouble import trouble_in

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
# A server that can still answer ends a statement by its own clock; only one that can't is given up by a web process.
SECONDS_LATER = 3
POSTGRESQL = "soulfra.postgresql"
# Set by devtools/supervising.py.
MAY_LACK_DATABASE = "MAY_LACK_DATABASE"


def for_every_process(env: environ.Env, default: str) -> dict[str, Any]:
    """Django's settings for the database of DATABASE_URL."""
    return _configured(env, env.db_url("DATABASE_URL", default=default))


def for_web_processes(env: environ.Env, shared: dict[str, Any]) -> dict[str, Any]:
    """What differs from `shared` in a process that answers requests: its limits, and its address if there is one."""
    address = env.str("WEB_DATABASE_URL", default="")
    own = _configured(env, env.db_url_config(address)) if address else {}
    statement = pasted.seconds_or_none(env, "DATABASE_STATEMENT_SECONDS", 30)
    lock = pasted.seconds_or_none(env, "DATABASE_LOCK_SECONDS", 5)
    has_startup_options = env.bool("STARTUP_OPTIONS", default=True)
    options = dict((own or shared)["OPTIONS"])
    if (own or shared)["ENGINE"] != POSTGRESQL:
        return own
    # Known to the server from the beginning. A SET would be lost or, behind a pooler, reach somebody else's statements.
    limits = {"statement_timeout": statement, "lock_timeout": lock} if has_startup_options else {}
    ours = [f"-c {name}={round(seconds * 1000)}" for name, seconds in limits.items() if seconds]
    if ours:
        options["options"] = " ".join([*ours, *filter(None, [options.get("options")])])  # of two, the last one counts
    if statement:
        options["give_up_after"] = statement + SECONDS_LATER
    return {**own, "OPTIONS": options}


def addresses() -> dict[str, dict[str, Any]]:
    """The databases that are connected to, by the settings that name them."""
    own = {"WEB_DATABASE_URL": settings.WEB_DATABASE} if "ENGINE" in settings.WEB_DATABASE else {}
    return {"DATABASE_URL": settings.DATABASES["default"], **own}


def hosts_of(database: dict[str, Any]) -> list[str]:
    """The machines, or directories of sockets, that an address names; none for SQLite."""
    named = database.get("HOST") or database.get("OPTIONS", {}).get("host") or ""
    return str(named).split(",") if named else []


def be_a_web_process() -> None:
    """From now on this process connects as `WEB_DATABASE` says."""
    connections.settings["default"].update(settings.WEB_DATABASE)
    connections["default"].close()


def try_as_a_web_process() -> None:
    """Raises OperationalError where web processes will not be let in: once at start, and not to every visitor."""
    be_a_web_process()
    connections["default"].ensure_connection()


def may_be_away(error: OperationalError) -> bool:
    """Whether this web server starts all the same: for one that died, while the database is in trouble."""
    return MAY_LACK_DATABASE in os.environ and bool(trouble_in(error))


def why_not(error: OperationalError) -> str:
    """The database can't be used, in a sentence or two."""
    said = " ".join(str(error).split())
    hint = " Set STARTUP_OPTIONS=false: a pooler sets such limits itself." if "startup parameter" in said else ""
    return f"The database can't be used: {said}{hint}"


def _configured(env: environ.Env, database: dict[str, Any]) -> dict[str, Any]:
    if database["ENGINE"] == "django.db.backends.sqlite3":
        options = {
            # A transaction that will write takes the write lock at once, so two of them queue and none fails half-way.
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
        }
        return {**database, "OPTIONS": options}
    has_prepared_statements = env.bool("PREPARED_STATEMENTS", default=True)
    # The server plans each statement once for a connection; a pooler that gives every transaction another one needs it
    # off (pgbouncer before 1.22 does).
    prepared = {"server_side_binding": True, "prepare_threshold": 2} if has_prepared_statements else {}
    return {
        **database,
        "ENGINE": POSTGRESQL,
        "CONN_MAX_AGE": env.int("CONN_MAX_AGE", default=600),
        "CONN_HEALTH_CHECKS": True,
        # A cursor that is read in pieces outlives its transaction, and there with it the pooler's connection.
        "DISABLE_SERVER_SIDE_CURSORS": not env.bool("SERVER_SIDE_CURSORS", default=has_prepared_statements),
        "OPTIONS": {**_patience(env), **database.get("OPTIONS", {}), **prepared},
    }


def _patience(env: environ.Env) -> dict[str, int]:
    """For how long a machine is waited for that does not answer, or vanished while it was to answer; libpq's words."""
    connect = pasted.seconds_or_none(env, "DATABASE_CONNECT_SECONDS", 5)
    tcp = pasted.seconds_or_none(env, "DATABASE_TCP_SECONDS", 10)
    options = {"connect_timeout": max(1, round(connect))} if connect else {}
    if tcp:
        # What was sent must be acknowledged by then; while nothing is sent, somebody must ask whether it is there.
        options |= {"tcp_user_timeout": round(tcp * 1000), "keepalives_count": 3}
        options |= {"keepalives_idle": max(1, round(tcp * 0.4)), "keepalives_interval": max(1, round(tcp * 0.2))}
    return options
