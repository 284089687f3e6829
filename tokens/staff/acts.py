"""Who acts and why, and the audit log's entry about it."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib.auth.models import AbstractBaseUser, PermissionsMixin

from tokens import request_id
from tokens.errors import NotPermitted
from tokens.models import StaffAct

LONGEST_REASON = 500

OTHER = "Other"
REFUND_REASONS = ["Requested by customer", "Duplicate", "Service issue", "Suspected fraud", OTHER]
GRANT_REASONS = ["Goodwill", "Service issue", "Promotion", "Correction", OTHER]
DEDUCT_REASONS = ["Correction", "Requested by customer", "Abuse", OTHER]


@dataclass(frozen=True)
class Why:
    """The member of staff, the reason (from a list, up to 200 characters) and a note (up to 1000)."""

    by: AbstractBaseUser
    reason: str
    note: str = ""

    @property
    def text(self) -> str:
        """Reason and note in one line, for rows that have one field for both; at most 500 characters."""
        return ": ".join(part for part in (self.reason, self.note) if part)[:LONGEST_REASON]


def may(member: AbstractBaseUser, permission: str) -> bool:
    """Whether this member of staff has the permission, such as `tokens.deduct_tokens`."""
    return isinstance(member, PermissionsMixin) and member.is_active and member.has_perm(permission)


def require(why: Why, *permissions: str) -> None:
    """Raises NotPermitted unless the member of staff has one of the permissions; ValueError without a reason."""
    if not any(may(why.by, permission) for permission in permissions):
        raise NotPermitted("Your role doesn't allow this. Ask someone whose role does.")
    if not why.reason.strip():
        raise ValueError("An act of staff needs a reason.")


def record(verb: str, subject: str, *, why: Why, user_id: int | None) -> StaffAct:
    """Add an entry to the audit log, in the caller's transaction. `user_id` is the customer, if there is one."""
    return StaffAct.objects.create(
        by_id=why.by.pk,
        verb=verb,
        user_id=user_id,
        subject=subject,
        reason=why.reason,
        note=why.note,
        request_id=request_id.current.get(),
    )
