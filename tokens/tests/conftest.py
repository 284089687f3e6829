import pytest
from rest_framework.test import APIClient

from accounts import api_keys, scopes
from tokens.testing.buying import buy
from tokens.testing.sandbox import Sandbox, running_sandbox, wait_for_deliveries


@pytest.fixture
def api():
    """`api(alice)` is a client that signs in with an API key of alice's."""

    def client_of(user):
        _, text = api_keys.issue(user, name="test", may=scopes.ALL)
        client = APIClient()
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {text}")
        return client

    return client_of


@pytest.fixture(scope="session")
def sandbox_server(tmp_path_factory):
    with running_sandbox(tmp_path_factory.mktemp("sandbox") / "store.db") as running:
        yield running


@pytest.fixture
def sandbox(sandbox_server, client):
    """Stripe for one test: the real SDK over HTTP, and a webhook that comes when the test wants it."""
    return Sandbox(client)


@pytest.fixture
def bought(sandbox, alice):
    """A Pro Pack, 500 tokens for $40.00, paid and credited."""
    return buy(sandbox, alice)


@pytest.fixture
def alice_page(client, alice):
    """alice, signed in with a browser's cookies."""
    client.force_login(alice)
    return client


@pytest.fixture
def shop(live_server, tmp_path):
    """The whole shop on a port of its own, with Stripe's webhooks coming by themselves; gives its address."""
    with running_sandbox(tmp_path / "sandbox.db", webhook_url=f"{live_server.url}/api/tokens/webhook"):
        yield live_server.url
        wait_for_deliveries()
