"""What staff write down about a customer for each other."""

from __future__ import annotations

from django.contrib.auth.models import AbstractBaseUser

from tokens.models import StaffNote
from tokens.staff.acts import Why, require

NOTE = "tokens.add_staffnote"


def note(user: AbstractBaseUser, *, text: str, by: AbstractBaseUser) -> StaffNote:
    """Keep a note about a customer, which nobody can change. Raises NotPermitted."""
    require(Why(by, "note"), NOTE)
    return StaffNote.objects.create(user_id=user.pk, text=text.strip(), by_id=by.pk)
