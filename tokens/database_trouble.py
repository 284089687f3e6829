"""Whether an error says that the database is in trouble, which passes, and not that the shop or the caller is wrong.

Decided here, once: web answers it with "try again later", the inbox of events leaves it to the next try, and the log
has a line of it with the place in the code, and no traceback.
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Iterator

from django.db import Error, OperationalError

from tokens.places import place_of

# https://www.postgresql.org/docs/current/errcodes-appendix.html: connection exception, insufficient resources (too many
# connections, disk full), operator intervention (shut down, starting up, statement canceled).
CLASSES = {"08", "53", "57"}
# serialization_failure, deadlock_detected: the database asks to be asked again.
RETRYABLE = {"40001", "40P01"}
STATES = RETRYABLE | {
    "25006",  # read_only_sql_transaction: a standby
    "25P03",  # idle_in_transaction_session_timeout
    "25P04",  # transaction_timeout
    "55P03",  # lock_not_available
}
# https://sqlite.org/rescode.html, without what is in their higher bits.
SQLITE = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_INTERRUPT,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_CANTOPEN,
}
LONGEST = 400


def trouble_in(error: BaseException | None) -> str | None:
    """What troubles the database, in one line, if that is what `error` comes of; None for any other error.

    What was raised while such an error was dealt with, as by a rollback on the same connection, comes of it too.
    """
    return next((_line(each) for each in _chain(error) if isinstance(each, Error) and _is_trouble(each)), None)


def sqlstate_of(error: BaseException) -> str | None:
    """PostgreSQL's code for an error as Django raises it; a connection that broke has none."""
    return getattr(error.__cause__, "sqlstate", None)


class OneLine(logging.Filter):
    """Says of a database in trouble what it is, in the line itself, and where, in place of a traceback."""

    def filter(self, record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if record.exc_info else None
        if trouble := trouble_in(error):
            # Django writes its line before `soulfra.serving.trouble` makes the answer what it is.
            said = record.getMessage().replace("Internal Server Error", "Service Unavailable")
            record._template = record.msg  # which soulfra/watching/sentry.py tells, without what it was filled with
            record.msg, record.args = f"{said}: {trouble}", ()
            record.exc_info = record.exc_text = None
        return True


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def _is_trouble(error: Error) -> bool:
    if isinstance(cause := error.__cause__, sqlite3.Error):
        return getattr(cause, "sqlite_errorcode", 0) & 0xFF in SQLITE
    if state := sqlstate_of(error):
        return state[:2] in CLASSES or state in STATES
    return isinstance(error, OperationalError)  # no server answered, it hung up, or it refused the connection


def _line(error: Error) -> str:
    state, said = sqlstate_of(error), " ".join(str(error).split()) or type(error).__name__
    line, place = f"database trouble{f' {state}' if state else ''}: {said}"[:LONGEST], place_of(error)
    return f"{line} ({place})" if place else line
