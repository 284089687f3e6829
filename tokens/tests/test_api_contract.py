"""The API keeps to its own schema: whatever is sent, no 5xx and no answer that the schema does not announce."""

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from hypothesis import HealthCheck, Phase, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from soulfra.accounts import api_keys
from soulfra.accounts.throttling import buckets
from soulfra.wsgi import application
from tokens.purchases import simulate_token_purchase

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
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
    simulate_token_purchase(alice.pk, "premium")
    return api_keys.issue(alice, name="contract")[1]


@pytest.mark.django_db
@schema.include(path_regex="^/api/tokens/").parametrize()
@settings(
    max_examples=25,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_every_answer_is_announced(case, key):
    buckets.clear()
    for headers in ({"Authorization": f"Bearer {key}"}, {}):
        case.call_and_validate(headers=headers, checks=CHECKS)
