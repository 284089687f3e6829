"""Each of these tests has a sandbox of its own, since most of them let months pass."""

import pytest


@pytest.fixture
def sandbox(own_sandbox: str) -> str:
    """No other subscription renews meanwhile."""
    return own_sandbox
