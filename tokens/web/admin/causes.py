"""The rows that brought entries about, for pages that list entries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.db.models import Model

from tokens.models import Grant, LedgerEntry, Lot, Posting, Purchase, Reversal, SpendReversal, TokenUsage
from tokens.web.admin.links import named_link

Cause = LedgerEntry.Cause
MODELS: dict[str, type[Model]] = {
    Cause.PURCHASE: Purchase,
    Cause.USAGE: TokenUsage,
    Cause.GRANT: Grant,
    Cause.REVERSAL: Reversal,
    Cause.POSTING: Posting,
    Cause.LOT: Lot,
    Cause.UNSPEND: SpendReversal,
}


def causes_of(entries: Iterable[LedgerEntry]) -> dict[tuple[str, int], Any]:
    """(cause_kind, cause_id) → the row, for all of these entries; one statement for each kind there is."""
    ids = defaultdict(set)
    for entry in entries:
        ids[entry.cause_kind].add(entry.cause_id)
    found: dict[tuple[str, int], Any] = {}
    for kind, wanted in ids.items():
        rows = MODELS[kind]._default_manager.all()
        rows = rows.select_related("purchase") if kind == Cause.REVERSAL else rows
        found |= {(kind, pk): row for pk, row in rows.in_bulk(wanted).items()}
    return found


@admin.display(description="Cause")
def cause(page: Any, entry: LedgerEntry) -> str:
    """A column with the cause as a link, without reading it: its id says enough."""
    row = MODELS[entry.cause_kind](pk=entry.cause_id)
    return named_link(f"{row._meta.verbose_name} {row.pk}", row)
