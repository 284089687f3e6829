"""Work that people wait for: looked for every second by the worker's threads, and by each `manage.py sweep`.

Its state is in rows of its own, with a lease: a job whose worker died is taken over. No kind waits for another.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.db import close_old_connections, connections

from accounts.hooks import Hook

log = logging.getLogger(__name__)

Work = Callable[[], bool]

LOOKED_FOR_EVERY = 1.0  # seconds
AFTER_A_FAULT = 5.0
SECONDS_TO_STOP = 5.0
AT_ONCE = 1000
# Nothing here takes so long: every wait has its own, shorter end.
STUCK_AFTER = 3600.0

# What else a worker does when it starts, once.
when_started: Hook[Callable[[], None]] = Hook()

# Set while this process is asked to end: work that is long looks here between its steps, and gives its lease back.
stopping = threading.Event()


@dataclass(frozen=True)
class Kind:
    """`do` does one piece of due work, and says whether there was one; `threads` may do it at a time in a worker."""

    what: str
    do: Work
    threads: int


_kinds: dict[str, Kind] = {}
_began: dict[int, float] = {}  # by thread, while it is at a piece of work


def works(what: str, *, threads: int = 1) -> Callable[[Work], Work]:
    """Register a function that does one piece of due work; `what` names it in logs and in the sweep's summary."""

    def register(do: Work) -> Work:
        _kinds[what] = Kind(what, do, threads)
        return do

    return register


def run_due() -> dict[str, int]:
    """Do all that is due now, here, one piece after the other; how many pieces of each kind."""
    return {kind.what: _run_all(kind) for kind in _kinds.values()}


def start_threads() -> list[threading.Thread]:
    """Start threads that look for work, some for each kind, until `stopping` is set; returns them for joining."""
    for begin in when_started:
        begin()
    threads = [
        threading.Thread(target=_keep_looking, args=[kind], name=kind.what, daemon=True)
        for kind in _kinds.values()
        for _ in range(kind.threads)
    ]
    for thread in threads:
        thread.start()
    return threads


def stop_threads(threads: list[threading.Thread]) -> None:
    """Let the threads finish the step they are at; what takes longer is left to its lease."""
    stopping.set()
    stop_at = time.monotonic() + SECONDS_TO_STOP
    for thread in threads:
        thread.join(max(0.0, stop_at - time.monotonic()))
    if not any(thread.is_alive() for thread in threads):
        stopping.clear()


@contextmanager
def piece() -> Iterator[None]:
    """One piece of this thread's work, for `is_stuck` to see."""
    _began[threading.get_ident()] = time.monotonic()
    try:
        yield
    finally:
        _began.pop(threading.get_ident(), None)


def is_stuck() -> bool:
    """Whether a thread has been at one piece of work for longer than any takes."""
    return any(time.monotonic() - began > STUCK_AFTER for began in list(_began.values()))


def _run_all(kind: Kind) -> int:
    done = 0
    try:
        while done < AT_ONCE and kind.do():
            done += 1
    except Exception:
        log.exception("Not finished: %s", kind.what)
    return done


def _keep_looking(kind: Kind) -> None:
    try:
        while not stopping.is_set():
            try:
                close_old_connections()
                with piece():
                    pause = 0.0 if kind.do() else LOOKED_FOR_EVERY
            except Exception:  # a thread that died would try nothing
                log.exception("Not finished: %s", kind.what)
                pause = AFTER_A_FAULT
            stopping.wait(pause)
    finally:
        connections.close_all()
