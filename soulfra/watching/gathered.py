"""Lines of the log that are written together, up to half a second late: a write for each of them, while other threads
wait for their turn to run, would cost a quick request more than everything else that watching does.
"""

from __future__ import annotations

import logging
import threading
from contextlib import suppress

SECONDS = 0.5


class Gathered(logging.StreamHandler):
    """A process that ends by itself or is asked to waits for what it gathered; one that is killed loses it."""

    def __init__(self) -> None:
        super().__init__()
        self._lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Called with the handler's lock."""
        if not self._lines:
            threading.Timer(SECONDS, self.flush).start()  # no daemon: the interpreter waits for it
        self._lines.append(self.format(record))

    def flush(self) -> None:
        self.acquire()
        try:
            lines, self._lines = self._lines, []
        finally:
            self.release()
        if lines:
            with suppress(ValueError):  # the stream was closed meanwhile
                self.stream.write("".join(f"{line}\n" for line in lines))
                self.stream.flush()
