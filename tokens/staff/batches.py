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
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from tokens import leases
from tokens.errors import ActOnSelf
from tokens.jobs import stopping, works
from tokens.models import GrantBatch, GrantRequest
from tokens.staff import alone
from tokens.staff.acts import Why, is_on_staff, record
from tokens.staff.granting import give, require_grant
from tokens.transactions import money_transaction
from tokens.wording import counted

LONGEST_LIST = 10_000
AT_A_TIME = 20
LEASE = timedelta(minutes=5)

Status = GrantBatch.Status


@dataclass(frozen=True)
class Preview:
    """Preview of a bulk grant: known customers, unknown addresses, the tokens in total, and whether another member of
    staff must approve it. That depends on `at_most`, as an unknown address may be a customer's by then.
    """

    emails: list[str]
    known: list[str]
    unknown: list[str]
    tokens: int
    at_most: int
    needs_second_person: bool


def read(text: str) -> list[str]:
    """The addresses in a pasted text or CSV file, in lower case, each once, in the order of the text."""
    # Split first: a pattern with the @ in its middle would read a text without any once for each of its characters.
    words = re.split(r"[\s,;<>\"']+", text.lower())
    return list(dict.fromkeys(word for word in words if "@" in word[1:-1]))


def own_addresses(emails: list[str], member: AbstractBaseUser) -> list[str]:
    """Those of a list (lower case) that are this member of staff's, confirmed or not."""
    others = EmailAddress.objects.filter(user_id=member.pk).values_list("email", flat=True)
    own = {email.lower() for email in (getattr(member, "email", ""), *others)}
    return [email for email in emails if email in own]


def preview(emails: list[str], *, tokens: int, by: AbstractBaseUser) -> Preview:
    """What granting each of them so many tokens would do. Nothing changes."""
    people = _people(emails)
    unknown = [email for email in emails if email not in people]
    known = [email for email in emails if email in people]
    in_total, at_most = tokens * len({person.pk for person in people.values()}), tokens * len(emails)
    return Preview(emails, known, unknown, in_total, at_most, needs_second_person=at_most > alone.left(by))


@money_transaction
def start(
    emails: list[str], *, tokens: int, why: Why, expires_at: datetime | None = None, key: uuid.UUID
) -> GrantBatch:
    """Have a list granted in the background, or, above what is left of STAFF_DAILY_GRANT_LIMIT, when another person
    has approved it. `key` becomes the batch's id: a form that is sent twice starts one.

    The limit of a role is for each customer. Raises NotPermitted, and ActOnSelf for a list with one's own address.
    """
    require_grant(why, tokens, on=None)
    emails = emails[:LONGEST_LIST]
    if own := own_addresses(emails, why.by):
        raise ActOnSelf(f"Your own address is on this list: {', '.join(own)}. Remove it and try again.")
    left = alone.left_for_this(why.by)
    if found := GrantBatch.objects.filter(pk=key).first():
        return found
    batch = GrantBatch(pk=key, emails=emails, tokens=tokens, expires_at=expires_at, reason=why.reason, note=why.note)
    batch.by_id = why.by.pk
    _write(batch, why, needs_second_person=tokens * len(emails) > left)
    return batch


def _write(batch: GrantBatch, why: Why, *, needs_second_person: bool) -> None:
    batch.status = Status.WAITING if needs_second_person else Status.READY
    batch.save(force_insert=True)
    if needs_second_person:
        alone.ask(batch.tokens * len(batch.emails), why=why, batch=batch, expires_at=batch.expires_at)
    else:
        subject = f"{counted(batch.tokens, 'token')} for each of {len(batch.emails):,}, batch {batch.pk}"
        record("grant to a list", subject, why=why, user_id=None)


@works("lists granted")
def work_one() -> bool:
    """Work one batch that is due; whether there was one."""
    batch = _claim(timezone.now())
    if batch is None:
        return False
    while batch.worked < len(batch.emails) and not stopping.is_set() and not _is_over(batch):
        if not _is_stood_for(batch):
            batch.status, batch.finished_at = Status.DECLINED, timezone.now()
            break
        _step(batch)
    if batch.worked >= len(batch.emails) or _is_over(batch):
        batch.status, batch.finished_at = Status.DONE, timezone.now()
    batch.lease_until = None
    batch.save(update_fields=["status", "finished_at", "lease_until"])
    return True


@transaction.atomic
def _claim(now: datetime) -> GrantBatch | None:
    free = Q(lease_until=None) | Q(lease_until__lte=now)
    due = (
        GrantBatch.objects.filter(free, status__in=[Status.READY, Status.RUNNING])
        .select_related("by")
        .order_by("created_at")
    )
    until = {"status": Status.RUNNING, "lease_until": now + LEASE}
    return leases.take(due, lambda batch: {**until, "started_at": batch.started_at or now})


def _is_over(batch: GrantBatch) -> bool:
    """Whether the tokens would have expired by now, so that nobody can be given them any more."""
    return batch.expires_at is not None and batch.expires_at <= timezone.now()


def _is_stood_for(batch: GrantBatch) -> bool:
    """Whether whoever asked for the list is on the staff still, or another person agreed to it."""
    asker = get_user_model()._default_manager.get(pk=batch.by_id)  # as it is now, not when the list was begun
    return is_on_staff(asker) or GrantRequest.objects.filter(batch=batch, status=GrantRequest.Status.APPROVED).exists()


def _step(batch: GrantBatch) -> None:
    emails = batch.emails[batch.worked : batch.worked + AT_A_TIME]
    people, why = _people(emails), Why(batch.by, batch.reason, batch.note)
    # Who asked and who approved may have come to an address of the list since.
    deciders = {batch.by_id, *GrantRequest.objects.filter(batch=batch).values_list("decided_by", flat=True)}
    others = [person for person in people.values() if person.pk not in deciders]
    for person in {person.pk: person for person in others}.values():
        give(person, batch=batch, why=why)
    batch.worked += len(emails)
    batch.granted += len(others)
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
