"""The memberships' answers are the ones the schema announces, with their bodies; what is sent at random is tried with
the tokens' calls.
"""

import pytest
from django.core.signals import request_finished, request_started
from django.db import close_old_connections

from memberships.models import Subscription
from memberships.testing.members import Member
from tokens.testing.api_contract import CHECKS, connection_of_the_test, key, schema, unreachable_stripe

__all__ = ["connection_of_the_test", "key", "unreachable_stripe"]

pytestmark = pytest.mark.django_db

VERBS = ["checkout", "change", "cancel", "resume", "portal"]


@pytest.fixture
def call(key):
    """Call a path and have the answer checked against the schema; gives its status."""

    def made(method, path, **body):
        case = schema[f"/api/memberships/{path}"][method].Case(body=body) if body else None
        case = case or schema[f"/api/memberships/{path}"][method].Case()
        for signal in (request_started, request_finished):
            signal.disconnect(close_old_connections)  # the test client, delivering webhooks, connected it again
        return case.call_and_validate(headers={"Authorization": f"Bearer {key}"}, checks=CHECKS).status_code

    return made


def test_every_call_of_the_law_is_in_the_schema_with_an_example_of_its_body():
    calls = {
        (path.removeprefix("/api/memberships/"), method): about
        for path, methods in schema.raw_schema["paths"].items()
        for method, about in methods.items()
        if path.startswith("/api/memberships/")
    }
    assert set(calls) == {("plans", "get"), ("current", "get"), ("current", "patch"), *((v, "post") for v in VERBS)}
    bodies = {name: about["requestBody"]["content"] for name, about in calls.items() if "requestBody" in about}
    assert set(bodies) == {("current", "patch"), ("checkout", "post"), ("change", "post")}
    assert all(body["application/json"]["examples"] for body in bodies.values())


def test_someone_new_is_answered_as_announced(call):
    assert call("GET", "plans") == call("GET", "current") == 200
    assert call("PATCH", "current", payment_order="membership_first") == 200
    assert call("PATCH", "current", payment_order="neither") == 400
    assert [call("POST", verb) for verb in ("cancel", "resume")] == [409, 409]
    assert [call("POST", verb, plan="gold") for verb in ("checkout", "change")] == [400, 400]
    assert call("POST", "change", plan="pro") == 409
    assert call("POST", "checkout", plan="pro") == 200
    assert call("POST", "portal") == 200


def test_a_member_is_answered_as_announced(call, sandbox, alice):
    Member(sandbox, alice).subscribe("pro")
    assert call("GET", "current") == 200
    assert call("POST", "checkout", plan="premium") == 409
    assert call("POST", "cancel") == call("POST", "resume") == 200
    Member(sandbox, alice).decline_next()
    assert [call("POST", "change", plan="premium") for _ in range(2)] == [402, 200]
    assert call("POST", "change", plan="pro") == 200
    assert Subscription.objects.get().next_plan_id == "pro"


@pytest.mark.parametrize("verb", VERBS)
def test_an_unreachable_stripe_is_answered_as_announced(call, sandbox, alice, request, verb):
    Member(sandbox, alice).subscribe("pro")
    request.getfixturevalue("unreachable_stripe")
    assert call("POST", verb, **({"plan": "premium"} if verb in ("checkout", "change") else {})) == 502
