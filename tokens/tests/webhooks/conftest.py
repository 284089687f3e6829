"""A payment that nobody here knows of yet."""

import pytest


@pytest.fixture
def paid(sandbox, alice):
    """A Pro Pack that alice has paid for and that nobody here knows of yet."""
    purchase = sandbox.buy(alice)
    sandbox.pay(purchase)
    return purchase
