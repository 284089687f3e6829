"""What staff write down about a customer for each other."""

from __future__ import annotations

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction

from tokens.models import StaffNote
from tokens.staff.acts import Why, record, require

NOTE = "tokens.add_staffnote"
# Of the act and in the log; the text itself stands in one place, from which it can be taken away.
REASON = "For colleagues"


@transaction.atomic
def write_note(user: AbstractBaseUser, *, text: str, by: AbstractBaseUser) -> StaffNote:
    """Save an internal note about a customer, which can't be changed later. Raises NotPermitted."""
    why = Why(by, REASON)
    require(why, NOTE)
    row = StaffNote.objects.create(user_id=user.pk, text=text.strip(), by_id=by.pk)
    record("note", f"note {row.pk}", why=why, user_id=user.pk)
    return row
