"""Whether an account's address was proved to be its owner's, by a link that was followed."""

from __future__ import annotations

from allauth.account.models import EmailAddress
from django.db import transaction

from accounts.models import User


def is_verified(user: User) -> bool:
    """Whether the account's own address is."""
    return bool(EmailAddress.objects.filter(user=user, email__iexact=user.email, verified=True).exists())


@transaction.atomic
def verify(user: User) -> None:
    """Take the account's own address as proved. One that another account has proved already stays as it is."""
    if not user.email:
        return
    row, _ = EmailAddress.objects.get_or_create(user=user, email=user.email.lower())
    if row.set_verified(commit=False):
        row.set_as_primary(conditional=True)
        row.save()
