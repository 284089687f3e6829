"""The API's own schema, and what a call needs to be compared with it."""

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from accounts import api_keys, scopes
from soulfra.wsgi import application

# A 500 is announced nowhere, so the first check already refuses it; a 502 is announced where Stripe is called.
CHECKS = [status_code_conformance, content_type_conformance, response_schema_conformance]

schema = schemathesis.openapi.from_wsgi("/api/schema", application)


@pytest.fixture(autouse=True)
def connection_of_the_test():
    """A server closes its connection after each request; here that would be the test's own, with its transaction."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def key(sandbox, alice):
    return api_keys.issue(alice, name="contract", may=scopes.ALL)[1]


@pytest.fixture
def unreachable_stripe(settings):
    settings.STRIPE_API_BASE = "http://127.0.0.1:9"
    settings.STRIPE_DEADLINE_SECONDS = 0.1
