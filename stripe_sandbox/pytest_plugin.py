"""For pytest: `-p stripe_sandbox.pytest_plugin`, and a test that asks for `stripe_sandbox` has a Stripe of its own.

    def test_a_purchase(stripe_sandbox, monkeypatch):
        monkeypatch.setattr(stripe, "api_base", stripe_sandbox.address)
        ...
        stripe_sandbox.pay(session.id)

testing.py says what else it can do.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from itertools import count
from typing import Any

import pytest

from stripe_sandbox.testing import Running, run_sandbox


@pytest.fixture
def stripe_sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A sandbox on which nothing but this test happens. Its events go nowhere until `config.webhook_url` says where."""
    with run_sandbox(tmp_path_factory.mktemp("stripe") / "store.db") as running:
        yield running


@pytest.fixture(scope="session")
def run_stripe_sandbox(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., AbstractContextManager[Running]]:
    """`with run_stripe_sandbox(webhook_url=...) as running:` where one test or fixture needs more than that."""
    directory, numbers = tmp_path_factory.mktemp("stripe"), count(1)

    def run(**options: Any) -> AbstractContextManager[Running]:
        return run_sandbox(directory / f"store-{next(numbers)}.db", **options)

    return run
