"""A Stripe account of the test's own: a comparison sees all of it."""

import pytest

from tokens.testing.sandbox import Sandbox, running_sandbox


@pytest.fixture
def sandbox(tmp_path, client):
    """A Stripe account on which nothing but this test has happened."""
    with running_sandbox(tmp_path / "store.db"):
        yield Sandbox(client)
