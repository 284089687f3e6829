"""Answering a named request once: the same key with the same request gets the first answer.

The key's row is written first. Inside a transaction a duplicate request waits for it, so the row and the work stand
or fall together; outside one (where Stripe is called) the row is a claim that everyone sees, and that can be taken over
when its process has died: at once on the same machine, and after a minute from elsewhere.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar
from uuid import UUID

from django.conf import settings
from django.db import DatabaseError
from django.utils import timezone

from accounts import sql
from tokens import owners
from tokens.errors import CallUnderWay, KeyInUse, KeyReused
from tokens.models import IdempotencyKey

P = ParamSpec("P")
R = TypeVar("R")

# What is claimed for longer has lost its process.
CLAIM_LASTS = timedelta(seconds=60)
ALONE_LASTS = timedelta(seconds=30)
# What a request may take beside its waiting for Stripe.
BESIDE_STRIPE = timedelta(seconds=20)
KEPT_FOR = timedelta(days=7)
FORGOTTEN_AT_ONCE = 1000
NEWEST = 10_000

_as_text = json.JSONEncoder(sort_keys=True, separators=(",", ":")).encode
CLAIM = """
    INSERT INTO idempotency_keys (user_id, key, fingerprint, claimed_at, claimed_by) VALUES (%s, %s, %s, %s, %s)
    ON CONFLICT (user_id, key) DO NOTHING RETURNING id
"""


@dataclass(frozen=True)
class Answer:
    """What the request was answered with, as JSON; `is_replay` when it had been answered before."""

    body: Any
    is_replay: bool = False


def fingerprint(*parts: Any) -> str:
    """SHA-256 of the request's parts; equal JSON gives an equal fingerprint, whatever the order of its keys."""
    return hashlib.sha256(_as_text(parts).encode()).hexdigest()


def digest(key: str) -> UUID:
    """The first 16 bytes of a caller's key's SHA-256; as a UUID, which databases store as these bytes."""
    return UUID(bytes=hashlib.sha256(key.encode()).digest()[:16])


def answer_once(user_id: int, key: str, *, request: str, work: Callable[[], Any]) -> Answer:
    """Return the first answer given to (user, key), or run `work` and store what it returns (JSON).

    `request` is the fingerprint of what is asked. If `work` raises, the key is free again. Raises KeyReused when the
    key named another request, KeyInUse while another caller's work is under way.
    """
    now = timezone.now()
    if not _claim(user_id, key, request, now):
        row = IdempotencyKey.objects.filter(user_id=user_id, key=key).first()
        if row is None:  # freed between the two statements, so the next request may take it
            return answer_once(user_id, key, request=request, work=work)
        if row.fingerprint != request:
            raise KeyReused
        if row.answer is not None:
            return Answer(row.answer, is_replay=True)
        if not _take_over(row, now):
            raise KeyInUse
    mine = IdempotencyKey.objects.filter(user_id=user_id, key=key, claimed_at=now)
    try:
        answer = work()
    except BaseException:
        with suppress(DatabaseError):  # a broken transaction is about to take the row with it
            mine.delete()
        raise
    mine.update(answer=answer)
    return Answer(answer)


def one_at_a_time(
    act: str = "",
) -> Callable[[Callable[Concatenate[int, P], R]], Callable[Concatenate[int, P], R]]:
    """For a function of a user that asks Stripe: while a call waits, others raise CallUnderWay, in whichever process.

    Those of the same `act`, whatever it is they do; without one, those of the same function and positional arguments,
    which must be JSON.
    """

    def decorate(function: Callable[Concatenate[int, P], R]) -> Callable[Concatenate[int, P], R]:
        name = f"{function.__module__}.{function.__qualname__}"

        @wraps(function)
        def run(user_id: int, *args: P.args, **kwargs: P.kwargs) -> R:
            with alone(user_id, *([act] if act else [name, *args])):
                return function(user_id, *args, **kwargs)

        return run

    return decorate


@contextmanager
def alone(user_id: int, *act: Any) -> Iterator[None]:
    """Let no other `act` (JSON) of that name run beside this one: it raises CallUnderWay. Outside transactions only."""
    name, now = fingerprint(*act), timezone.now()
    key = f"§{name}"  # clients' own keys are ASCII
    while not _claim(user_id, key, name, now):
        row = IdempotencyKey.objects.filter(user_id=user_id, key=key).first()
        if row is None:  # given back between the two statements
            continue
        if not _take_over(row, now, after=ALONE_LASTS):
            raise CallUnderWay
        break
    try:
        yield
    finally:
        with suppress(DatabaseError):
            IdempotencyKey.objects.filter(user_id=user_id, key=key, claimed_at=now).delete()


def free_claims_of(processes: Collection[str]) -> int:
    """Free what these processes (`owners.this_process`), which have ended, had claimed and not answered; how much.

    For other machines, which can't see that. Among the newest keys only: they are ordered by age, and a claim is short.
    """
    newest = IdempotencyKey.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    claims = IdempotencyKey.objects.filter(pk__gt=newest - NEWEST, answer__isnull=True, claimed_by__in=processes)
    return claims.delete()[0]


def forget_old_keys(now: datetime) -> int:
    """Delete keys older than a week; how many.

    Keys are as old as their ids are small, so it goes from the front until it meets a young one: an index over their
    time would cost every request.
    """
    forgotten = 0
    while True:
        first = dict(IdempotencyKey.objects.order_by("pk").values_list("pk", "claimed_at")[:FORGOTTEN_AT_ONCE])
        old = [pk for pk, claimed_at in first.items() if claimed_at < now - KEPT_FOR]
        forgotten += IdempotencyKey.objects.filter(pk__in=old).delete()[0]
        if len(old) < FORGOTTEN_AT_ONCE:
            return forgotten


def _claim(user_id: int, key: str, request: str, now: datetime) -> bool:
    return bool(sql.run(CLAIM, [user_id, key, request, now, owners.this_process()]))


def _take_over(row: IdempotencyKey, now: datetime, *, after: timedelta = CLAIM_LASTS) -> bool:
    longest = timedelta(seconds=settings.STRIPE_DEADLINE_SECONDS) + BESIDE_STRIPE
    if row.claimed_at > now - max(after, longest) and not owners.is_gone(row.claimed_by):
        return False
    same_claim = IdempotencyKey.objects.filter(pk=row.pk, claimed_at=row.claimed_at, answer__isnull=True)
    return bool(same_claim.update(claimed_at=now, claimed_by=owners.this_process()))
