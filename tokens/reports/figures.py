"""Sums over other rows: parts of the audit's questions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db.models import Aggregate, BigIntegerField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from tokens.models import LedgerEntry

Findings = Iterator[str]


def figure(rows: QuerySet[Any], of: Aggregate, *, by: str) -> Coalesce:
    """A figure of correlated rows that all have the same `by`, as a subquery; 0 when there are no rows."""
    total = rows.order_by().values(by).annotate(figure=of).values("figure")
    return Coalesce(Subquery(total, output_field=BigIntegerField()), 0)


def caused_by(kind: LedgerEntry.Cause) -> QuerySet[LedgerEntry]:
    """The entries whose cause is the outer row, but for repayments, as `LedgerEntryQuerySet.caused_by`."""
    return LedgerEntry.objects.filter(cause_kind=kind, cause_id=OuterRef("pk")).exclude(kind=LedgerEntry.Kind.REPAY)
