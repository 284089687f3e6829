import pytest
from rest_framework.test import APIClient

from soulfra.accounts import api_keys
from soulfra.accounts.throttling import buckets


@pytest.fixture
def api():
    """`api(alice)` is a client that signs in with an API key of alice's."""

    def client_of(user):
        _, text = api_keys.issue(user, name="test")
        client = APIClient()
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {text}")
        return client

    return client_of


@pytest.fixture(autouse=True)
def full_buckets():
    """No test is throttled by what an earlier one did: user ids repeat after a rollback."""
    buckets.clear()
