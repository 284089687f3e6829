"""Anonymising a customer, which staff do when one asks for it."""

from __future__ import annotations

from accounts.models import User
from soulfra.privacy.erasing import erase, is_or_was_staff
from tokens.errors import NotPermitted
from tokens.staff.acts import Why, record, require
from tokens.transactions import money_transaction

ANONYMISE = "accounts.anonymise_person"


@money_transaction
def anonymise(user: User, *, why: Why) -> User:
    """Make a customer unknown, for good; money rows stay. Done before: nothing happens.

    Raises NotPermitted (also for who is or was of the staff), StillOpen.
    """
    require(why, ANONYMISE, on=user.pk)
    if is_or_was_staff(user):
        raise NotPermitted(
            "Staff accounts, former ones too, can't be anonymised: the audit log must name who did what."
        )
    if erase(user):
        record("anonymise", f"user {user.pk}", why=why, user_id=user.pk)
    return user
