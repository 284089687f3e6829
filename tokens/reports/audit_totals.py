"""The audit's questions about totals of what was spent and counts of limits; `manage.py recount` asks the same."""

from __future__ import annotations

from tokens.ledger.derived_totals import miscounted, miscounted_keys, wrong_daily_totals, wrong_running_totals
from tokens.ledger.whose import EVERYBODY, Users
from tokens.reports.figures import Findings


def usage_totals_add_up(users: Users = EVERYBODY) -> Findings:
    """A sentence for each user and action whose running total isn't the sum of the posted usages."""
    yield from map(str, wrong_running_totals(users))


def daily_totals_add_up(users: Users = EVERYBODY) -> Findings:
    """A sentence for each user, day, action and API key whose total isn't the sum of the posted usages."""
    yield from map(str, wrong_daily_totals(users))


def limits_count_what_was_spent(users: Users = EVERYBODY) -> Findings:
    """A sentence for each wallet that counts something else toward its limits than its usages come to."""
    yield from map(str, miscounted(users))


def caps_count_what_their_keys_spent(users: Users = EVERYBODY) -> Findings:
    """A sentence for the caps of each API key that count something else than its usages come to."""
    yield from map(str, miscounted_keys(users))
