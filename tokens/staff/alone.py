"""How many tokens a member of staff grants alone in 24 hours, and the request for what is above that.

It is counted from the rows: what was granted to single customers, spends that were taken back for them, and lists with
every address in them, whether or not a customer has it. What another person approved is not counted.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AbstractBaseUser
from django.db.models import Sum
from django.utils import timezone

from tokens.models import Grant, GrantBatch, GrantRequest, SpendReversal, TokenUsage
from tokens.staff.acts import Why, record
from tokens.wording import counted

DAY = timedelta(days=1)


def left(member: AbstractBaseUser) -> int:
    """How many more tokens this member of staff may grant alone now."""
    mine = {"by_id": member.pk, "request": None, "created_at__gt": timezone.now() - DAY}
    single = Grant.objects.filter(**mine, kind=Grant.Kind.GRANT, batch=None)
    lists = GrantBatch.objects.filter(**mine).values_list("tokens", "emails")
    taken_back = SpendReversal.objects.filter(**mine)
    granted = sum(rows.aggregate(sum=Sum("tokens", default=0))["sum"] for rows in (single, taken_back))
    granted += sum(each * len(emails) for each, emails in lists)
    return int(max(0, settings.STAFF_DAILY_GRANT_LIMIT - granted))


def left_for_this(member: AbstractBaseUser) -> int:
    """As above, in the caller's transaction, until whose end no other grant of the same member is counted."""
    # Rows that name this member may still be written meanwhile: their foreign keys want no more than its key.
    get_user_model()._default_manager.select_for_update(no_key=True).get(pk=member.pk)
    return left(member)


def ask(
    tokens: int,
    *,
    why: Why,
    user: AbstractBaseUser | None = None,
    batch: GrantBatch | None = None,
    expires_at: datetime | None = None,
    usage: TokenUsage | None = None,
    quantity: int | None = None,
) -> GrantRequest:
    """Have `tokens` (in all) for a customer, or for a list, wait for another person, in the caller's transaction.

    With a `usage`, they are so many times of a spend of the customer's.
    """
    row = GrantRequest.objects.create(
        user_id=user.pk if user else None,
        batch=batch,
        usage=usage,
        quantity=quantity,
        tokens=tokens,
        expires_at=expires_at,
        reason=why.reason,
        note=why.note,
        by_id=why.by.pk,
    )
    verb = "request spend reversal approval" if usage else "request grant approval"
    record(verb, subject_of(row), why=why, user_id=row.user_id)
    return row


def subject_of(row: GrantRequest) -> str:
    """What a request is about, for the log."""
    to = f"batch {row.batch_id}" if row.batch_id else f"user {row.user_id}"
    to = f"usage {row.usage_id} of {to}" if row.usage_id else to
    return f"{counted(row.tokens, 'token')} for {to} (grant request {row.pk})"
