import pytest
from django.core.cache import cache
from django.test import Client

from devtools.testing.factories import PASSWORD
from tokens.tests.conftest import sandbox, sandbox_server, shop

__all__ = ["sandbox", "sandbox_server", "shop"]


@pytest.fixture
def alices(alice):
    """alice's browser, signed in by the form."""
    cache.clear()
    browser = Client()
    browser.post("/accounts/login/", {"login": "alice", "password": PASSWORD})
    return browser


@pytest.fixture
def confirmed(alices):
    """The same, once she has given her password again."""
    alices.post("/accounts/reauthenticate/", {"password": PASSWORD})
    return alices
