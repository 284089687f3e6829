"""Django's PostgreSQL, but that a kept connection is tried without a question to the server.

Django asks `SELECT 1` before the first statement of every request, which is a trip as long as a spend's own. A server
that hung up has left the end of the stream on the socket, and that is seen here.
"""

from __future__ import annotations

import select

from django.db.backends.postgresql import base


class DatabaseWrapper(base.DatabaseWrapper):
    def is_usable(self) -> bool:
        """Nothing has come that nobody asked for. If something has, be it the end or a notice, the server is asked."""
        if self.connection is None or self.connection.closed:
            return False
        socket = select.poll()
        socket.register(self.connection.fileno(), select.POLLIN | select.POLLHUP | select.POLLERR)
        return super().is_usable() if socket.poll(0) else True
