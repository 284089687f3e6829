"""A purchase whose receipt is out of the way."""

import pytest

from tokens.models import Mail
from tokens.testing.buying import buy


@pytest.fixture
def bought(sandbox, alice):
    """A Pro Pack, paid and credited; its receipt is out of the way."""
    purchase = buy(sandbox, alice)
    Mail.objects.all().delete()
    return purchase
