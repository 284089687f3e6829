"""The API of domains keeps to its own schema: whatever is sent, no 5xx and no answer that it does not announce."""

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

from accounts import api_keys, scopes
from accounts.throttling import buckets
from brands.testing.rows import make_analysis, make_brand
from devtools.testing.examples import tries
from soulfra.wsgi import application
from tokens.purchases.lifecycle import simulate_token_purchase

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
QUIETLY = settings(deadline=None, suppress_health_check=list(HealthCheck))


def closing_application(environ, start_response):
    """As a server does it: the answer is read to its end and closed, so that no file stays open."""
    body = application(environ, start_response)
    try:
        return [b"".join(body)]
    finally:
        body.close()


schema = schemathesis.openapi.from_wsgi("/api/schema", closing_application)


@pytest.fixture(autouse=True)
def connection_of_the_test():
    """A server closes its connection after each request; here that would be the test's own, with its transaction."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def key(alice):
    return api_keys.issue(alice, name="contract", may=scopes.ALL)[1]


@pytest.fixture
def domain(alice, django_settings_of_the_test):
    simulate_token_purchase(alice.pk, "premium")
    brand = make_brand(alice, category_id="tech")
    make_analysis(brand)
    return brand


@pytest.fixture
def django_settings_of_the_test(tmp_path, monkeypatch):
    """`settings` is Hypothesis's name in this file."""
    from django.conf import settings as of_django

    monkeypatch.setattr(of_django, "MEDIA_ROOT", str(tmp_path))


def call(case, key):
    buckets.clear()
    for headers in ({"Authorization": f"Bearer {key}"}, {}):
        case.call_and_validate(headers=headers, checks=CHECKS)


@pytest.mark.django_db
@schema.include(path_regex="^/api/domains").parametrize()
@settings(QUIETLY, max_examples=tries(5), phases=[Phase.explicit, Phase.generate])
def test_every_answer_is_announced(case, key, domain):
    call(case, key)


@pytest.mark.django_db
@schema.include(path_regex="^/api/domains/{id}").parametrize()
@settings(QUIETLY, max_examples=tries(5), phases=[Phase.explicit, Phase.generate])
def test_every_answer_about_a_domain_that_is_there_is_announced(case, key, domain):
    case.path_parameters["id"] = domain.pk
    if "analysis_pk" in case.path_parameters:
        case.path_parameters["analysis_pk"] = domain.analyses.get().pk
    call(case, key)
