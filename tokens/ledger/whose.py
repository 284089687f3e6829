"""Whose books a question is about: everybody's, or those of some users at a time."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q


@dataclass(frozen=True)
class Users:
    """Whose books are looked at: users with ids above `after`, up to `until`; None is no limit."""

    after: int = 0
    until: int | None = None

    def among(self, name: str) -> Q:
        """The condition that the field of this name, an id, is one of theirs."""
        above = Q(**{f"{name}__gt": self.after}) if self.after else Q()
        return above if self.until is None else above & Q(**{f"{name}__lte": self.until})

    def sql(self, column: str) -> str:
        """The same for a statement."""
        up_to = "" if self.until is None else f" AND {column} <= {self.until:d}"
        return f"({column} > {self.after:d}{up_to})" if self != EVERYBODY else "TRUE"


EVERYBODY = Users()


def only(user_id: int) -> Users:
    """One user."""
    return Users(after=user_id - 1, until=user_id)
