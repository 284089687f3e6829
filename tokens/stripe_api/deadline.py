"""Until when a call to Stripe may take, by the clock on the wall, whatever the other end does.

A time-out that counts from the last byte never fires for a server that sends one now and then, and none covers the
look-up of a name. So calls run in an event loop of their own, which drops them, with their connections, on the moment;
the thread that asked only waits for that. A request has one deadline for all its calls together.
"""

from __future__ import annotations

import asyncio
import os
import threading
import time
from collections.abc import Callable, Coroutine, Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from typing import Any, TypeVar

T = TypeVar("T")

# What an event loop may take to drop a call; longer than that it is not waited for.
GRACE_SECONDS = 1.0

_making = threading.Lock()
_ends_at: ContextVar[float | None] = ContextVar("stripe_deadline", default=None)


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Whatever is called inside ends in so many seconds at the latest; an earlier deadline round it stands."""
    ends_at, outer = time.monotonic() + seconds, _ends_at.get()
    token = _ends_at.set(ends_at if outer is None else min(ends_at, outer))
    try:
        yield
    finally:
        _ends_at.reset(token)


def is_set() -> bool:
    """Whether somebody waits: true within a request, false in the worker and in commands."""
    return _ends_at.get() is not None


def seconds_left() -> float:
    """Never below zero. Called inside `within` only."""
    ends_at = _ends_at.get()
    if ends_at is None:
        raise RuntimeError("There is no deadline here.")
    return max(0.0, ends_at - time.monotonic())


def run(call: Coroutine[Any, Any, T]) -> T:
    """What the coroutine returns. Raises TimeoutError at the deadline, when it has been dropped."""
    left = seconds_left()
    running = asyncio.run_coroutine_threadsafe(_bounded(call, left), one_for_all(_loop_of, os.getpid()))
    try:
        return running.result(left + GRACE_SECONDS)
    except BaseException:
        running.cancel()
        raise


async def _bounded(call: Coroutine[Any, Any, T], seconds: float) -> T:
    async with asyncio.timeout(seconds):
        return await call


def one_for_all(make: Callable[..., T], *arguments: Hashable) -> T:
    """What `make(*arguments)` made the first time: a cache alone lets each of the threads that come at once make one.

    `make` has that cache, and asks for nothing else that is made so.
    """
    with _making:
        return make(*arguments)


@lru_cache(maxsize=1)
def _loop_of(pid: int) -> asyncio.AbstractEventLoop:
    """A process's one loop, whose thread a fork would not bring along. Many calls need no more than this thread."""
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, name="calls to Stripe", daemon=True).start()
    return loop
