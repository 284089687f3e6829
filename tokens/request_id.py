"""The id of the request under way: in every line of the log, in the answer's X-Request-ID, and on what staff did."""

from __future__ import annotations

import logging
from contextvars import ContextVar

NONE = "-"

current: ContextVar[str] = ContextVar("request_id", default=NONE)


class RequestIdFilter(logging.Filter):
    """Gives each record a `request_id`; work outside a request has none."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.request_id = current.get()
        return True
