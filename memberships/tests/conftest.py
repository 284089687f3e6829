import pytest

from tokens.testing.sandbox import running_sandbox
from tokens.tests.conftest import alice_page, api, sandbox, shop

__all__ = ["alice_page", "api", "sandbox", "shop"]


@pytest.fixture
def sandbox_server(tmp_path):
    """A Stripe of the test's own: its clock is moved by months."""
    with running_sandbox(tmp_path / "store.db") as running:
        yield running
