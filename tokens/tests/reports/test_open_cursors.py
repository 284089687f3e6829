"""Nothing stays open at PostgreSQL while a reader of many rows is busy with one of them, or never comes back."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import timezone

from tokens.models import Dispute, LedgerEntry, Purchase, Refund
from tokens.purchases.lifecycle import simulate_token_purchase
from tokens.reading import in_order_of
from tokens.reconciliation.disputes import compare_disputes
from tokens.reconciliation.payments import compare_payments
from tokens.reconciliation.refunds import compare_refunds
from tokens.testing.cursors import open_cursors

pytestmark = [pytest.mark.django_db, pytest.mark.breaks_the_books]


@pytest.mark.postgres
@pytest.mark.parametrize("comparison", [compare_payments, compare_refunds, compare_disputes])
def test_a_comparison_with_stripe_holds_none_between_two_rows(sandbox, alice, comparison):
    began = timezone.now() - timedelta(seconds=1)
    for number in range(2):
        purchase = simulate_token_purchase(alice.pk, "pro")
        rows = {"user": alice, "purchase": purchase, "amount_cents": 1}
        Refund.objects.create(**rows, stripe_id=f"re_invented_{number}", status="pending")
        Dispute.objects.create(
            **rows, stripe_id=f"dp_invented_{number}", status="needs_response", currency="usd", fetched_at=began
        )
    Purchase.objects.update(is_simulated=False)
    differences = comparison(began)
    next(differences)
    assert open_cursors() == 0
    assert len(list(differences)) >= 1


def test_rows_are_read_in_pages_each_once_in_order(alice, monkeypatch, django_assert_num_queries):
    monkeypatch.setattr("tokens.reading.PAGE", 3)
    for _ in range(7):
        simulate_token_purchase(alice.pk, "pro")
    ids = [*LedgerEntry.objects.order_by("pk").values_list("pk", flat=True)]
    with django_assert_num_queries(3):
        assert [row.pk for row in in_order_of("pk", LedgerEntry.objects.order_by("-pk"))] == ids
    assert [*in_order_of("pk", LedgerEntry.objects.values_list("pk", flat=True), int)] == ids
    assert [*in_order_of("pk", LedgerEntry.objects.none())] == []


def test_whoever_reads_many_rows_does_it_this_way():
    """`iterator()` leaves its cursor open with whoever does not come back; where pages cannot do, it is closed."""
    found = {
        str(path.relative_to(settings.BASE_DIR)): len(lines)
        for app in ("accounts", "brands", "memberships", "soulfra", "tokens")
        for path in (Path(settings.BASE_DIR) / app).rglob("*.py")
        if not {"migrations", "tests"} & {*path.parts}
        and (lines := re.findall(r"(?<!closing\(entries)\.iterator\(", path.read_text()))
    }
    assert found == {}
