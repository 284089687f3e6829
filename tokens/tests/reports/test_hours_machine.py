"""Over any history of a shop, reports that read closed hours say what scanning every entry says."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from devtools.testing.examples import tries
from devtools.testing.factories import UserFactory
from tokens.errors import TokenError
from tokens.ledger.due import apply_due_everywhere
from tokens.ledger.hours import start_of_hour
from tokens.models import Dispute, Refund, TokenUsage
from tokens.purchases.reversals import follow_the_money
from tokens.reports import closed_hours, period_totals
from tokens.reports.audit import audit
from tokens.reports.closed_hours import close_hours
from tokens.reports.month_end import report
from tokens.reports.movements import Amount, movements
from tokens.spending import holds, spends
from tokens.staff import grants
from tokens.testing.ledger_rows import make_lot

pytestmark = pytest.mark.django_db
START = datetime(2026, 2, 27, 12, tzinfo=UTC)


class Shop:
    """A small shop: each step is a number that says how much, or on which of what there is."""

    def __init__(self):
        self.user = UserFactory.create()
        self.purchases = []

    def sell(self, number):
        expires_at = datetime.now(UTC) + timedelta(hours=number) if number % 3 == 0 else None
        lot = make_lot(self.user, tokens=10 + number, paid_cents=100 * (number % 7), expires_at=expires_at)
        self.purchases.append(lot.purchase)

    def grant(self, number):
        grants.grant(self.user, tokens=1 + number, reason="sorry", by=None)

    def deduct(self, number):
        grants.deduct(self.user, tokens=1 + number % 5, reason="mistake", by=None)

    def spend(self, number):
        spends.spend(self.user, ["import_domain", "ai_analysis", "data_export"][number % 3])

    def hold(self, number):
        holds.hold(self.user, "data_export", tokens=1 + number % 9, expires_in=timedelta(minutes=61 * number + 1))

    def capture(self, number):
        if held := self._one_of(TokenUsage.objects.held(), number):
            holds.capture(held, tokens=1 + number % held.tokens_spent)

    def release(self, number):
        if held := self._one_of(TokenUsage.objects.held(), number):
            holds.release(held)

    def refund(self, number):
        purchase = self._one_of(self.purchases, number)
        if purchase and purchase.paid_cents:
            Refund.objects.create(
                user=self.user, purchase=purchase, amount_cents=1 + number, status="succeeded", source="system"
            )
            follow_the_money(purchase)

    def fail_refund(self, number):
        if refund := self._one_of(Refund.objects.counting(), number):
            Refund.objects.filter(pk=refund.pk).update(status="failed")
            follow_the_money(refund.purchase)

    def dispute(self, number):
        purchase = self._one_of(self.purchases, number)
        if purchase and purchase.paid_cents and not purchase.disputes.exists():
            Dispute.objects.create(
                user=self.user,
                purchase=purchase,
                stripe_id=f"dp_{purchase.pk}",
                status="needs_response",
                amount_cents=purchase.paid_cents,
                withdrawn_cents=1 + number % purchase.paid_cents,
                fetched_at=datetime.now(UTC),
            )
            follow_the_money(purchase)

    def win_dispute(self, number):
        if dispute := self._one_of(Dispute.objects.filter(status="needs_response"), number):
            Dispute.objects.filter(pk=dispute.pk).update(status="won", reinstated_cents=dispute.withdrawn_cents)
            follow_the_money(dispute.purchase)

    def apply_due(self, number):
        apply_due_everywhere()

    def close(self, number):
        close_hours(steps=1 + number)

    def _one_of(self, rows, number):
        rows = list(rows)
        return rows[number % len(rows)] if rows else None


VERBS = [name for name in vars(Shop) if not name.startswith("_")]
STEPS = st.lists(
    st.tuples(st.sampled_from([*VERBS, "sell", "close"]), st.integers(0, 40), st.integers(0, 200)),
    min_size=8,
    max_size=30,
)
MOMENTS = st.lists(st.floats(-0.2, 1.2), min_size=2, max_size=6)


@pytest.mark.long
@settings(max_examples=tries(12), suppress_health_check=list(HealthCheck))
@given(steps=STEPS, moments=MOMENTS, at_once=st.integers(1, 8))
def test_stored_hours_and_a_scan_say_the_same_of_any_history_and_any_moments(steps, moments, at_once):
    with (
        transaction.atomic(),
        time_machine.travel(START, tick=False) as clock,
        pytest.MonkeyPatch.context() as small,
    ):
        small.setattr(closed_hours, "ENTRIES_AT_ONCE", at_once)
        small.setattr(closed_hours, "HOURS_AT_ONCE", 3 * at_once)
        shop = Shop()
        for verb, number, minutes in steps:
            clock.shift(timedelta(minutes=minutes))
            with transaction.atomic():
                try:
                    getattr(shop, verb)(number)
                except TokenError:
                    pass
        lasted = datetime.now(UTC) - START
        compare([start_of_hour(START + part * lasted) + timedelta(minutes=30 * (part > 1 / 2)) for part in moments])
        assert audit() == []
        transaction.set_rollback(True)


def compare(moments):
    """Every stretch between these moments, and what is owed at each and now."""
    for start, end in zip(sorted(moments), sorted(moments)[1:], strict=False):
        moved = {key: amount for key, amount in movements(start, end).items() if amount != Amount()}
        assert {
            key: amount for key, amount in period_totals.movement_sums(start, end).items() if amount != Amount()
        } == moved
        for found in report(start, end):
            assert found.adds_up
    for moment in (*moments, None):
        owed = sum_by_currency(movements(None, moment))
        assert {key: amount for key, amount in period_totals.outstanding(moment).items() if amount != Amount()} == owed


def sum_by_currency(moved):
    sums: dict[str, Amount] = {}
    for (_, currency, _), amount in moved.items():
        sums[currency] = sums.get(currency, Amount()) + amount
    return {currency: amount for currency, amount in sums.items() if amount != Amount()}
