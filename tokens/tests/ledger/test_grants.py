from datetime import timedelta

import pytest
from django.utils import timezone

from tokens.errors import InsufficientTokens
from tokens.ledger.wallet import get_token_balance
from tokens.models import Grant
from tokens.purchases.lifecycle import simulate_token_purchase
from tokens.spending.holds import hold
from tokens.staff.grants import deduct, grant
from tokens.testing.ledger_rows import assert_books_are_right, entries_of
from tokens.testing.races import at_once

pytestmark = pytest.mark.django_db


def test_a_grant_adds_and_says_who_and_why(alice, staff):
    row = grant(alice, tokens=50, reason="sorry for the outage", by=staff)
    assert (row.kind, row.tokens, row.reason, row.by) == ("grant", 50, "sorry for the outage", staff)
    assert entries_of(alice) == [("credit", 50, 50)]
    assert_books_are_right()


def test_a_deduction_takes_in_burn_order_free_before_paid(alice, staff):
    simulate_token_purchase(alice.pk, "starter")
    grant(alice, tokens=50, reason="a gift", by=staff)
    deduct(alice, tokens=60, reason="granted by mistake", by=staff)
    assert entries_of(alice)[-2:] == [("deduct", -50, 100), ("deduct", -10, 90)]
    assert_books_are_right()


def test_a_deduction_never_takes_more_than_is_available(alice, staff):
    simulate_token_purchase(alice.pk, "starter")
    hold(alice, "data_export", tokens=40)
    with pytest.raises(InsufficientTokens):
        deduct(alice, tokens=61, reason="too much", by=staff)
    assert (get_token_balance(alice.pk), Grant.objects.count()) == (60, 0)


@pytest.mark.parametrize(
    "wrong",
    [{"tokens": 0}, {"tokens": -5}, {"reason": "  "}, {"expires_at": timezone.now() - timedelta(days=1)}],
    ids=["no tokens", "fewer than none", "no reason", "already expired"],
)
def test_a_grant_that_makes_no_sense_is_refused(alice, staff, wrong):
    with pytest.raises(ValueError, match=r"\w"):
        grant(alice, **{"tokens": 5, "reason": "a gift", "by": staff, **wrong})
    assert not Grant.objects.exists()


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_eight_deductions_at_once_stop_at_zero(alice, staff):
    grant(alice, tokens=50, reason="a gift", by=staff)
    outcomes = at_once(lambda _: deduct(alice, tokens=10, reason="at once", by=staff))
    assert sum(isinstance(outcome, Grant) for outcome in outcomes) == 5
    assert get_token_balance(alice.pk) == 0
    assert_books_are_right()
