"""A running sandbox, the real SDK pointed at it, a buyer with a browser's cookies, and a webhook that can misbehave.

None of these tests asks for a database: the sandbox has its own.
"""

from collections.abc import Iterator
from typing import Any

import pytest
import stripe

from stripe_sandbox.testing import run_sandbox
from stripe_sandbox.tests.support.actors import Buyer, Webhook


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What installs packages runs only where it is asked for by name."""
    if "sdks" not in config.option.markexpr:
        left_out = [item for item in items if item.get_closest_marker("sdks")]
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]


@pytest.fixture(autouse=True, scope="session")
def no_telemetry() -> None:
    stripe.enable_telemetry = False


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a running sandbox whose events go nowhere."""
    with run_sandbox(tmp_path_factory.mktemp("sandbox") / "store.db") as running:
        yield running.address


@pytest.fixture
def own_sandbox(tmp_path: Any) -> Iterator[str]:
    """The address of a sandbox that no other test has used."""
    with run_sandbox(tmp_path / "store.db") as running:
        yield running.address


@pytest.fixture
def client(sandbox: str) -> Iterator[stripe.StripeClient]:
    yield from sdk(sandbox)


@pytest.fixture
def webhook() -> Iterator[Webhook]:
    with Webhook() as webhook:
        yield webhook


@pytest.fixture
def told_sandbox(tmp_path: Any, webhook: Webhook) -> Iterator[stripe.StripeClient]:
    """The SDK at a sandbox of its own, whose events go to `webhook`."""
    with run_sandbox(tmp_path / "store.db", webhook_url=webhook.url) as running:
        yield from sdk(running.address)


@pytest.fixture
def buyer() -> Iterator[Buyer]:
    with Buyer() as buyer:
        yield buyer


def sdk(address: str) -> Iterator[stripe.StripeClient]:
    http = stripe.RequestsClient(timeout=20)
    yield stripe.StripeClient("sk_test_sandbox", base_addresses={"api": address}, http_client=http)
    http.close()
