"""Who acts and why, and the audit log's entry about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import AbstractBaseUser, PermissionsMixin

from tokens import request_id
from tokens.errors import ActOnSelf, NotPermitted
from tokens.models import StaffAct
from tokens.models.grant import TOLD_REASONS
from tokens.staff.errors import AskerLeft

LONGEST_REASON = 500

OTHER = "Other"
REFUND_REASONS = ["Requested by customer", "Duplicate", "Service issue", "Suspected fraud", OTHER]
GRANT_REASONS = ["Goodwill", "Service issue", "Promotion", "Correction", OTHER]
DEDUCT_REASONS = ["Correction", "Requested by customer", "Abuse", OTHER]


def who_sees(reasons: list[str]) -> str:
    """What a form says beside the reasons to choose from: which of them the customer is told."""
    kept = " or ".join(f"“{reason}”" for reason in reasons if reason not in TOLD_REASONS)
    return f"The customer sees it in the email and on the statement, unless it's {kept}. Only staff see the note."


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


def is_on_staff(member: Any) -> bool:
    """Whether they still are, of whoever asked for something that is done later."""
    return bool(member.is_active and member.is_staff)


def require_on_staff(member: Any) -> None:
    """Raises AskerLeft: what somebody asked for is not agreed to once they have left."""
    if not is_on_staff(member):
        raise AskerLeft


def forbid_self(by: AbstractBaseUser | None, user_id: int | None) -> None:
    """Raises ActOnSelf when a member of staff acts on their own account. `by` is None for the shop itself."""
    if by is not None and by.pk == user_id:
        raise ActOnSelf


def require(why: Why, *permissions: str, on: int | None) -> None:
    """Raises NotPermitted unless the member of staff has one of the permissions; ValueError without a reason.

    `on` is the id of the user to whom it is done, None for nobody in particular. Raises ActOnSelf.
    """
    if not any(may(why.by, permission) for permission in permissions):
        raise NotPermitted("Your role doesn't allow this. Ask someone whose role does.")
    if not why.reason.strip():
        raise ValueError("An act of staff needs a reason.")
    forbid_self(why.by, on)


def record(verb: str, subject: str, *, why: Why, user_id: int | None) -> StaffAct:
    """Add an entry to the audit log, in the caller's transaction, which it ends if that was an act on oneself.

    `user_id` is the customer, if there is one. Raises ActOnSelf.
    """
    forbid_self(why.by, user_id)
    return StaffAct.objects.create(
        by_id=why.by.pk,
        verb=verb,
        user_id=user_id,
        subject=subject,
        reason=why.reason,
        note=why.note,
        request_id=request_id.current.get(),
    )
