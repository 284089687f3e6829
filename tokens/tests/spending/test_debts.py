"""Spending while tokens are owed."""

import pytest

from tokens.errors import InsufficientTokens
from tokens.purchases.refunds import refund
from tokens.spending.quote import quote
from tokens.spending.spends import spend

pytestmark = pytest.mark.django_db


def test_the_smallest_package_covers_the_debt_too(alice, bought):
    for _ in range(50):
        spend(alice, "data_export")
    refund(bought, amount_cents=1600, reason="goodwill", by=None, beyond_offer=True)
    found = quote(alice.pk, [("data_export", 1)])
    assert found.smallest_package is not None
    assert (found.balance, found.shortfall, found.smallest_package.key) == (-200, 210, "pro")
    with pytest.raises(InsufficientTokens) as refused:
        spend(alice, "data_export")
    assert refused.value.shortfall == 210
