"""The part of the audit that is about running and daily totals: what the posted usages come to."""

from __future__ import annotations

from tokens.ledger.derived_totals import wrong_daily_totals, wrong_running_totals
from tokens.reports.figures import Findings


def usage_totals_add_up() -> Findings:
    """A sentence for each user and action whose running total isn't the sum of the posted usages."""
    yield from map(str, wrong_running_totals())


def daily_totals_add_up() -> Findings:
    """A sentence for each user, day, action and API key whose total isn't the sum of the posted usages."""
    yield from map(str, wrong_daily_totals())
