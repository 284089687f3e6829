"""A hold that is open."""

import pytest

from tokens.purchases.lifecycle import simulate_token_purchase
from tokens.spending.holds import hold


@pytest.fixture
def held(alice):
    simulate_token_purchase(alice.pk, "starter")
    return hold(alice, "data_export", tokens=30, metadata={"file": "a.csv"})
