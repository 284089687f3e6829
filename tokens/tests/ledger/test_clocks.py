"""Machines whose clocks disagree: what has expired stays expired, once."""

from datetime import timedelta

import pytest
from django.utils import timezone

from tokens.ledger.due import apply_due_everywhere
from tokens.ledger.wallet import get_token_balance
from tokens.models import LedgerEntry, Lot, Wallet
from tokens.purchases.refunds import refund
from tokens.spending.holds import hold, release
from tokens.spending.spends import spend
from tokens.staff.grants import grant
from tokens.testing.ledger_rows import make_lot

pytestmark = pytest.mark.django_db


def test_a_machine_whose_clock_is_behind_cannot_make_a_lot_expire_twice(alice, monkeypatch):
    soon = timezone.now() + timedelta(hours=1)
    make_lot(alice, tokens=10, expires_at=soon)
    make_lot(alice, tokens=10)
    held = hold(alice, "ai_analysis", expires_in=timedelta(hours=5))
    with monkeypatch.context() as ahead:
        ahead.setattr("django.utils.timezone.now", lambda: soon + timedelta(seconds=1))
        spend(alice, "import_domain")  # expires what remains of the first lot
    with monkeypatch.context() as behind:
        behind.setattr("django.utils.timezone.now", lambda: soon - timedelta(seconds=1))
        release(held)
        spend(alice, "import_domain")
    assert get_token_balance(alice.pk) == 8
    assert LedgerEntry.objects.filter(kind="expire").count() == 2


def test_what_has_expired_stays_expired_for_every_machine_whose_clock_is_behind(alice, monkeypatch):
    soon = timezone.now() + timedelta(hours=1)
    make_lot(alice, tokens=10, expires_at=soon)
    make_lot(alice, tokens=10)
    held = hold(alice, "ai_analysis", expires_in=timedelta(hours=5))
    with monkeypatch.context() as ahead:
        ahead.setattr("django.utils.timezone.now", lambda: soon + timedelta(seconds=1))
        spend(alice, "import_domain")  # expires what remains of the first lot
    with monkeypatch.context() as behind:
        behind.setattr("django.utils.timezone.now", lambda: soon - timedelta(seconds=1))
        spend(alice, "import_domain")
        release(held)
    assert Wallet.objects.get().updated_at == soon + timedelta(seconds=1)
    assert get_token_balance(alice.pk) == 8


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_one_wallet_that_cannot_be_brought_up_to_date_stops_no_other(alice, bob, staff):
    for user in (alice, bob):
        grant(user, tokens=10, reason="gift", by=staff, expires_at=timezone.now() + timedelta(minutes=1))
    past = timezone.now() - timedelta(minutes=1)
    Lot.objects.update(expires_at=past)
    Wallet.objects.update(due_at=past)
    Wallet.objects.filter(pk=alice.pk).update(
        balance=3
    )  # the books disagree: expiring ten would break the wallet's rule
    assert apply_due_everywhere() == 1
    assert get_token_balance(bob.pk) == 0
    Wallet.objects.filter(pk=alice.pk).update(balance=10)


def test_a_reversal_does_not_take_from_what_has_expired(alice, staff, bought):
    for _ in range(50):
        spend(alice, "data_export")
    grant(alice, tokens=100, reason="gift", by=staff, expires_at=timezone.now() + timedelta(minutes=1))
    past = timezone.now() - timedelta(seconds=1)
    Lot.objects.filter(grant__isnull=False).update(expires_at=past)
    Wallet.objects.update(due_at=past)
    refund(bought, amount_cents=4000, reason="goodwill", by=None, beyond_offer=True)
    assert get_token_balance(alice.pk) == -500
