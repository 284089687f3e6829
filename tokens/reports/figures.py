"""Sums over other rows, and whose rows they are: parts of the audit's questions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import Aggregate, BigIntegerField, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from tokens.models import LedgerEntry

Findings = Iterator[str]


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


def figure(rows: QuerySet[Any], of: Aggregate, *, by: str) -> Coalesce:
    """A figure of correlated rows that all have the same `by`, as a subquery; 0 when there are no rows."""
    total = rows.order_by().values(by).annotate(figure=of).values("figure")
    return Coalesce(Subquery(total, output_field=BigIntegerField()), 0)


def caused_by(kind: LedgerEntry.Cause) -> QuerySet[LedgerEntry]:
    """The entries whose cause is the outer row, but for repayments, as `LedgerEntryQuerySet.caused_by`."""
    return LedgerEntry.objects.filter(cause_kind=kind, cause_id=OuterRef("pk")).exclude(kind=LedgerEntry.Kind.REPAY)
