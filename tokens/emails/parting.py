"""The last email to a customer: their account was deleted, as they asked."""

from __future__ import annotations

from accounts.models import User
from tokens.emails.kinds import kind, write

ACCOUNT_DELETED = kind(
    "account_deleted",
    name="Account deleted",
    description="You deleted your account.",
    keeps_address=True,
    leaves_no_trace=True,
)


def account_deleted(user: User, *, address: str, name: str) -> None:
    """Confirm it, in the transaction that erased the address, to where it was; nobody is told who had none."""
    if address:
        write(user.pk, ACCOUNT_DELETED, about=f"user:{user.pk}:deleted", address=address, name=name)
