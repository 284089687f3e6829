"""How many API calls one caller may make: a bucket that holds a burst and refills steadily, in memory."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from functools import lru_cache
from math import ceil
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from accounts.limits.client import client_network


class Buckets:
    """One bucket of calls per caller, exact under threads.

    Callers are kept in order of their last call. One that has been idle long enough to be full again is forgotten,
    which changes nothing for it; beyond `at_most` callers the longest idle is forgotten in any case.
    """

    def __init__(self, *, clock: Callable[[], float] = time.monotonic, at_most: int = 100_000) -> None:
        self._clock = clock
        self._at_most = at_most
        self._lock = threading.Lock()
        self._left: OrderedDict[object, tuple[float, float]] = OrderedDict()

    def take(self, caller: object, *, per_second: float, burst: int) -> float:
        """Take one call out of the caller's bucket: 0.0, or the seconds to wait until there is one (nothing taken)."""
        with self._lock:
            now = self._clock()
            left, at = self._left.pop(caller, (float(burst), now))
            left = min(float(burst), left + (now - at) * per_second)
            wait = 0.0 if left >= 1 else (1 - left) / per_second
            self._left[caller] = (left if wait else left - 1, now)
            self._forget_idle(now - burst / per_second)
            return wait

    def give_back(self, caller: object, *, burst: int) -> None:
        """Give one call back. A bucket that is full again is dropped, so that it takes no memory."""
        with self._lock:
            left, at = self._left.get(caller, (float(burst), 0.0))
            if left + 1 < burst:
                self._left[caller] = (left + 1, at)
            else:
                self._left.pop(caller, None)

    def left(self, caller: object, *, per_second: float, burst: int) -> float:
        """How many calls the caller may make at once right now; nothing is taken."""
        with self._lock:
            left, at = self._left.get(caller, (float(burst), 0.0))
            return min(float(burst), left + (self._clock() - at) * per_second)

    def clear(self) -> None:
        """Forget every caller, for tests."""
        with self._lock:
            self._left.clear()

    def __len__(self) -> int:
        return len(self._left)

    def _forget_idle(self, full_since: float) -> None:
        # Two at most for the one that came in: memory shrinks after a rush, and no call pays for a long sweep.
        for _ in range(2):
            caller, (_left, at) = next(iter(self._left.items()))
            if at > full_since and len(self._left) <= self._at_most:
                return
            del self._left[caller]


buckets = Buckets()
REFUSED, ADDRESS = "refused", "address"


def signed_caller(user_id: int) -> tuple[str, object]:
    """Who is counted for the calls of a user who is signed in, with whatever keys."""
    return "user", user_id


def take_call(caller: tuple[str, object]) -> float:
    """Count one call of the API: 0.0, or the seconds to wait until one is let through (nothing counted)."""
    return buckets.take(caller, per_second=settings.API_REQUESTS_PER_MINUTE / 60, burst=settings.API_BURST)


def give_call_back(caller: tuple[str, object]) -> None:
    """Undo the count of one call by `caller`, for a caller that counts it itself."""
    buckets.give_back(caller, burst=settings.API_BURST)


def count_refusal(request: HttpRequest) -> float:
    """Count a call that was let in by nothing it brought: 0.0, or the seconds for which its client is not told why.

    Only such calls are counted, so whoever guesses keys keeps nobody out who shares the address and has one.
    """
    per_minute = settings.API_REFUSALS_PER_MINUTE
    caller = REFUSED, client_network(request)
    counted_as(request, caller)
    return buckets.take(caller, per_second=per_minute / 60, burst=per_minute)


def counted_as(request: HttpRequest, caller: tuple[str, object]) -> None:
    """Note whose calls this one is counted with, for `limit_headers`."""
    request.counted_as = caller  # type: ignore[attr-defined]


def limit_headers(request: HttpRequest) -> dict[str, str]:
    """RateLimit-Policy and RateLimit of an answer (draft-ietf-httpapi-ratelimit-headers-12, structured fields).

    The policy is the bucket: `q` calls at once, all of them again after `w` seconds. Of it `r` calls are left, and `t`
    is when there is one more. An answer to a call that isn't counted tells the limit of its client's address.
    """
    caller = getattr(request, "counted_as", None) or (ADDRESS, client_network(request))
    if caller[0] == REFUSED:
        name, per_minute, burst = "refusals", settings.API_REFUSALS_PER_MINUTE, settings.API_REFUSALS_PER_MINUTE
    else:
        name, per_minute, burst = "calls", settings.API_REQUESTS_PER_MINUTE, settings.API_BURST
    left = buckets.left(caller, per_second=per_minute / 60, burst=burst)
    whole = int(left)
    more = f";t={ceil((whole + 1 - left) * 60 / per_minute)}" if whole < burst else ""
    return {"RateLimit-Policy": _policy(name, per_minute, burst), "RateLimit": f'"{name}";r={whole}{more}'}


@lru_cache(maxsize=8)
def _policy(name: str, per_minute: int, burst: int) -> str:
    return f'"{name}";q={burst};w={ceil(burst * 60 / per_minute)}'


class CallerThrottle(BaseThrottle):
    """`API_REQUESTS_PER_MINUTE` with bursts of `API_BURST` for each user, with whatever keys, or anonymous address.

    It counts per process: a shop with N web processes lets a caller through up to N times as often. That costs no
    round trip, and its purpose is to keep one caller from starving the others, not to bill by the call. Spending at
    once has a rate of its own besides, which is exact whatever the number of processes: `tokens.ledger.rates`.
    """

    _wait = 0.0

    def allow_request(self, request: Request, view: Any) -> bool:
        caller = self.caller(request)
        counted_as(request._request, caller)
        self._wait = take_call(caller)
        return self._wait == 0

    def wait(self) -> float:
        """Seconds until the next call would pass, for Retry-After."""
        return self._wait

    def caller(self, request: Request) -> tuple[str, object]:
        """Who is counted."""
        if request.user is not None and request.user.is_authenticated:
            return signed_caller(request.user.pk)
        return ADDRESS, client_network(request)
