"""Django's PostgreSQL, but that a kept connection is tried without a question to the server, and given up when it leads
to the wrong server, or to one that doesn't answer.

Django asks `SELECT 1` before the first statement of every request, which is a trip as long as a spend's own. A server
that hung up has left the end of the stream on the socket, and that is seen here.
"""

from __future__ import annotations

import select
from contextlib import suppress
from types import SimpleNamespace
from typing import Any

import psycopg
from django.db.backends.postgresql import base
from django.db.utils import DatabaseErrorWrapper
from django.utils.functional import cached_property

READ_ONLY = "25006"  # read_only_sql_transaction
SECONDS_TO_CANCEL = 1


class Connection(psycopg.Connection[Any]):
    """A connection that waits for no answer longer than `give_up_after` seconds, if that is set.

    A server that is stopped, or that a pooler has lost, leaves the connection open and says nothing: neither its own
    limits nor TCP's end the wait.
    """

    give_up_after: float | None = None

    def wait(self, gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:
        if timeout is not None or self.give_up_after is None:
            return super().wait(gen, interval, timeout)
        try:
            return super().wait(gen, interval, self.give_up_after)
        except psycopg.errors._WaitTimeout:
            with suppress(psycopg.Error):
                self.cancel_safe(timeout=SECONDS_TO_CANCEL)  # behind a pooler it may be at work still
            self.close()
            raise psycopg.OperationalError(f"no answer within {self.give_up_after:g} seconds") from None


class NotesReadOnly(DatabaseErrorWrapper):
    """Tells the connection that its server takes no changes: after a failover the primary is another one."""

    def __exit__(self, exc_type: Any, exc_value: Any, traceback: Any) -> None:
        if getattr(exc_value, "sqlstate", None) == READ_ONLY:
            self.wrapper.is_read_only = True  # type: ignore[attr-defined]  # Django's stubs leave it out
        super().__exit__(exc_type, exc_value, traceback)


class DatabaseWrapper(base.DatabaseWrapper):
    Database: Any = SimpleNamespace(**{**vars(psycopg), "connect": Connection.connect})
    is_read_only = False

    @cached_property
    def wrap_database_errors(self) -> NotesReadOnly:
        return NotesReadOnly(self)

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        give_up_after = conn_params.pop("give_up_after", None)
        connection = super().get_new_connection(conn_params)
        connection.give_up_after, self.is_read_only = give_up_after, False
        return connection

    def close_if_unusable_or_obsolete(self) -> None:
        if self.is_read_only and not self.in_atomic_block:
            self.close()
        super().close_if_unusable_or_obsolete()

    def is_usable(self) -> bool:
        """Nothing has come that nobody asked for. If something has, be it the end or a notice, the server is asked."""
        if self.connection is None or self.connection.closed:
            return False
        socket = select.poll()
        socket.register(self.connection.fileno(), select.POLLIN | select.POLLHUP | select.POLLERR)
        return super().is_usable() if socket.poll(0) else True
