"""What falls due between opening a wallet and charging it, by a clock that goes on at every look."""

from datetime import timedelta

import pytest
from django.utils import timezone

from tokens.spending.holds import hold
from tokens.spending.spends import spend
from tokens.testing.ledger_rows import assert_books_are_right, make_lot


@pytest.mark.django_db
@pytest.mark.parametrize("apart", range(1, 12))
def test_a_spend_beside_holds_that_run_out_one_after_the_other(alice, monkeypatch, apart):
    make_lot(alice, tokens=100)
    first = hold(alice, "import_domain", expires_in=timedelta(minutes=1))
    hold(alice, "import_domain", expires_in=timedelta(minutes=1, milliseconds=apart))
    clock = [first.expires_at or timezone.now()]

    def ticking():
        clock[0] += timedelta(milliseconds=1)
        return clock[0]

    monkeypatch.setattr(timezone, "now", ticking)
    assert spend(alice, "import_domain").balance_after >= 98
    assert_books_are_right()
