"""Tokens for a list of customers: read, previewed, then granted one by one in the background, each once.

The batch's row says how far it is. Whoever works it has a lease; after a death the next one repeats at most the last
few addresses, whose grants are named by batch and user, so that nobody gets twice.
"""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from allauth.account.models import EmailAddress
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from tokens import leases
from tokens.jobs import stopping, works
from tokens.models import GrantBatch
from tokens.staff.acts import Why, record
from tokens.staff.granting import give, require_grant
from tokens.wording import counted

LONGEST_LIST = 10_000
AT_A_TIME = 20
LEASE = timedelta(minutes=5)

Status = GrantBatch.Status


@dataclass(frozen=True)
class Preview:
    """Preview of a bulk grant: known customers, unknown addresses, and the tokens in total."""

    emails: list[str]
    known: list[str]
    unknown: list[str]
    tokens: int


def read(text: str) -> list[str]:
    """The addresses in a pasted text or CSV file, in lower case, each once, in the order of the text."""
    # Split first: a pattern with the @ in its middle would read a text without any once for each of its characters.
    words = re.split(r"[\s,;<>\"']+", text.lower())
    return list(dict.fromkeys(word for word in words if "@" in word[1:-1]))


def preview(emails: list[str], *, tokens: int) -> Preview:
    """What granting each of them so many tokens would do. Nothing changes."""
    people = _people(emails)
    unknown = [email for email in emails if email not in people]
    known = [email for email in emails if email in people]
    return Preview(emails, known, unknown, tokens * len({person.pk for person in people.values()}))


@transaction.atomic
def start(
    emails: list[str], *, tokens: int, why: Why, expires_at: datetime | None = None, key: uuid.UUID
) -> GrantBatch:
    """Have a list granted in the background. `key` becomes the batch's id: a form that is sent twice starts one.

    The limit of a role is for each customer. Raises NotPermitted.
    """
    require_grant(why, tokens)
    batch, is_new = GrantBatch.objects.get_or_create(
        pk=key,
        defaults={
            "emails": emails[:LONGEST_LIST],
            "tokens": tokens,
            "expires_at": expires_at,
            "reason": why.reason,
            "note": why.note,
            "by_id": why.by.pk,
        },
    )
    if is_new:
        record(
            "grant to a list",
            f"{counted(tokens, 'token')} for each of {len(emails):,}, batch {key}",
            why=why,
            user_id=None,
        )
    return batch


@works("lists granted")
def work_one() -> bool:
    """Work one batch that is due; whether there was one."""
    batch = _claim(timezone.now())
    if batch is None:
        return False
    while batch.worked < len(batch.emails) and not stopping.is_set() and not _is_over(batch):
        _step(batch)
    if batch.worked >= len(batch.emails) or _is_over(batch):
        batch.status, batch.finished_at = Status.DONE, timezone.now()
    batch.lease_until = None
    batch.save(update_fields=["status", "finished_at", "lease_until"])
    return True


@transaction.atomic
def _claim(now: datetime) -> GrantBatch | None:
    free = Q(lease_until=None) | Q(lease_until__lte=now)
    due = GrantBatch.objects.filter(free).exclude(status=Status.DONE).select_related("by").order_by("created_at")
    until = {"status": Status.RUNNING, "lease_until": now + LEASE}
    return leases.take(due, lambda batch: {**until, "started_at": batch.started_at or now})


def _is_over(batch: GrantBatch) -> bool:
    """Whether the tokens would have expired by now, so that nobody can be given them any more."""
    return batch.expires_at is not None and batch.expires_at <= timezone.now()


def _step(batch: GrantBatch) -> None:
    emails = batch.emails[batch.worked : batch.worked + AT_A_TIME]
    people, why = _people(emails), Why(batch.by, batch.reason, batch.note)
    for person in {person.pk: person for person in people.values()}.values():
        give(
            person,
            tokens=batch.tokens,
            why=why,
            expires_at=batch.expires_at,
            key=f"batch:{batch.pk}:{person.pk}",
        )
    batch.worked += len(emails)
    batch.granted += len(people)
    batch.unknown += [email for email in emails if email not in people]
    batch.lease_until = timezone.now() + LEASE
    batch.save(update_fields=["worked", "granted", "unknown", "lease_until"])


def _people(emails: list[str]) -> dict[str, Any]:
    """The active users who have confirmed these addresses (lower case). Anyone may sign up with somebody else's."""
    confirmed = EmailAddress.objects.filter(verified=True, user__is_active=True).select_related("user")
    found: dict[str, Any] = {}
    for start in range(0, len(emails), 500):
        for address in confirmed.filter(email__in=emails[start : start + 500]):
            found[address.email] = address.user
    return found
