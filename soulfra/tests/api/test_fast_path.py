"""The fast path answers a plain call, and nobody can tell it from REST framework's answer."""

import json
from unittest.mock import patch

import pytest
import time_machine
from django.db import OperationalError, connection
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase
from psycopg import errors

from accounts import throttling
from devtools.testing.examples import tries
from soulfra.testing.two_doors import NOON, Caller, TwoDoors
from tokens.ledger.wallet import get_token_balance
from tokens.models import TokenUsage
from tokens.testing.ledger_rows import assert_books_are_right

pytestmark = pytest.mark.django_db
BALANCE, SPEND = "/api/tokens/balance", "/api/tokens/spend"
ANALYSIS = {"action": "ai_analysis"}
SPENDS = "INSERT INTO token_usage"


@pytest.mark.parametrize(
    "request_",
    [
        ("GET", BALANCE),
        ("POST", SPEND, ANALYSIS),
        ("POST", SPEND, ANALYSIS | {"metadata": {}}),
        ("POST", SPEND, ANALYSIS | {"quantity": 3}),
        (
            "POST",
            SPEND,
            ANALYSIS | {"metadata": {"domain": "bücher.example", "nested": [1, 2.5, None, True, {"a": ""}]}},
        ),
        ("POST", SPEND, ANALYSIS | {"metadata": {"a": [[] for _ in range(40)]}}),
    ],
    ids=str,
)
@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"accept": "*/*"},
        {"accept": "application/json"},
        {"accept": "application/json, text/plain, */*"},
        {"content_type": "application/json; charset=utf-8"},
        {"idempotency_key": "k"},
        {"x_request_id": "from-a-proxy"},
    ],
    ids=str,
)
def test_the_fast_path_answers_a_plain_call_as_rest_framework_would(doors, request_, headers):
    assert doors.call(*request_, **headers) == (200, True)


@pytest.mark.parametrize(
    ("request_", "headers", "status"),
    [
        (("HEAD", BALANCE), {}, 200),
        (("OPTIONS", BALANCE), {}, 200),
        (("POST", BALANCE), {}, 405),
        (("GET", SPEND), {}, 405),
        (("PUT", SPEND, ANALYSIS), {}, 405),
        (("GET", f"{BALANCE}?format=json"), {}, 400),
        (("POST", f"{SPEND}?dry_run=true", ANALYSIS), {}, 400),
        (("GET", BALANCE, "a body that nobody reads"), {}, 400),
        (("GET", BALANCE, {}), {}, 200),
        (("GET", BALANCE, {"user_id": 1}), {}, 400),
        (("GET", f"{BALANCE}/"), {}, 404),
        (("GET", BALANCE), {"accept": "text/html"}, 406),
        (("GET", BALANCE), {"accept": ""}, 406),
        (("POST", SPEND, ANALYSIS), {"accept": ""}, 406),
        (("GET", BALANCE), {"accept": "application/json; indent=2"}, 200),
        (("GET", BALANCE), {"host": "evil.example"}, 400),
        (("GET", BALANCE), {"authorization": "Bearer"}, 401),
        (("GET", BALANCE), {"authorization": "Bearer sk_test_1"}, 401),
        (("GET", BALANCE), {"authorization": "Bearer tk_test_nobody"}, 401),
        (("GET", BALANCE), {"authorization": "Basic YTpi"}, 401),
        (("POST", SPEND, ANALYSIS), {"authorization": "Bearer tk_test_nobody"}, 401),
        (("POST", SPEND, ""), {}, 400),
        (("POST", SPEND, "{"), {}, 400),
        (("POST", SPEND, "[]"), {}, 400),
        (("POST", SPEND, b"\xef\xbb\xbf{}"), {}, 400),
        (("POST", SPEND, '{"action": "ai_analysis"}'.encode("utf-16")), {}, 400),
        (("POST", SPEND, {}), {}, 400),
        (("POST", SPEND, {"action": "fly"}), {}, 400),
        (("POST", SPEND, {"action": ["ai_analysis"]}), {}, 400),
        (("POST", SPEND, {"action": " ai_analysis "}), {}, 200),
        (("POST", SPEND, {"action": "ai_analysis\0"}), {}, 400),
        (("POST", SPEND, ANALYSIS | {"tokens": 1}), {}, 400),
        (("POST", SPEND, '{"action": "data_export", "action": "ai_analysis"}'), {}, 400),
        (("POST", SPEND, '{"action": "ai_analysis", "metadata": {"a": [{"b": 1, "b": 1}]}}'), {}, 400),
        (("POST", SPEND, ANALYSIS | {"metadata": None}), {}, 400),
        (("POST", SPEND, ANALYSIS | {"metadata": [1]}), {}, 400),
        (("POST", SPEND, '{"action": "ai_analysis", "metadata": {"a": NaN}}'), {}, 400),
        (("POST", SPEND, '{"action": "ai_analysis", "metadata": {"a": 1e999}}'), {}, 400),
        (("POST", SPEND, '{"action": "ai_analysis", "metadata": {"a": NaN, "a": 1}}'), {}, 400),
        (("POST", SPEND, '{"action": -Infinity, "action": "ai_analysis"}'), {"idempotency_key": "k"}, 400),
        (("POST", SPEND, '{"action": "ai_analysis", "metadata": {"a": "\\ud800"}}'), {}, 400),
        (("POST", SPEND, '{"action": "ai_analysis", "metadata": {"\\u0000": 1}}'), {}, 400),
        (("POST", SPEND, '{"action": "ai_analysis", "metadata": ' + '{"a":' * 21 + "1" + "}" * 22), {}, 400),
        (("POST", SPEND, ANALYSIS | {"metadata": {"a": "x" * 3000}}), {}, 200),
        (("POST", SPEND, ANALYSIS | {"metadata": {"a": "x" * 17000}}), {}, 400),
        (("POST", SPEND, ANALYSIS), {"content_type": "text/plain"}, 415),
        (("POST", SPEND, ANALYSIS), {"content_type": "application/json; indent=2"}, 200),
        (("POST", SPEND, ANALYSIS), {"idempotency_key": ""}, 400),
        (("POST", SPEND, ANALYSIS), {"idempotency_key": "x" * 256}, 400),
    ],
    ids=lambda value: str(value)[:60],
)
def test_anything_else_gets_rest_frameworks_own_answer(doors, request_, headers, status):
    assert doors.call(*request_, **headers) == (status, False)


METADATA = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


class TestBodies(TestCase):
    @settings(max_examples=tries(25))
    @given(
        action=st.sampled_from(["ai_analysis", " import_domain", "data_export", "fly", ""]),
        metadata=METADATA,
        headers=st.sampled_from([{}, {"idempotency_key": "k"}]),
    )
    def test_whatever_is_sent_is_answered_and_kept_the_same(self, action, metadata, headers):
        with time_machine.travel(NOON, tick=False), patch.object(throttling.buckets, "_clock", lambda: 0.0):
            TwoDoors().call("POST", SPEND, {"action": action, "metadata": metadata}, **headers)


def without_limit(headers):
    return [(name, value) for name, value in headers if name != "RateLimit"]


# --- the same call again -----------------------------------------------------------------------------


def test_the_first_answer_comes_again_whichever_door_gave_it(doors):
    assert doors.call("POST", SPEND, ANALYSIS, idempotency_key="k") == (200, True)
    assert doors.call("POST", SPEND, ANALYSIS, idempotency_key="k") == (200, True)
    for caller in doors.callers:
        again = caller.call("POST", SPEND, ANALYSIS, idempotency_key="k")
        caller.is_door_open = not caller.is_door_open
        status, headers, body = caller.call("POST", SPEND, ANALYSIS, idempotency_key="k")
        assert (status, dict(headers)["Idempotent-Replayed"]) == (200, "true")
        id = TokenUsage.objects.get(user=caller.user).pk
        assert json.loads(body) == {"success": True, "balance": 95, "spent": 5, "id": id}
        assert (status, without_limit(headers), body) == (again[0], without_limit(again[1]), again[2])
    assert doors.callers[1].call("POST", SPEND, {"action": "data_export"}, idempotency_key="k")[0] == 422
    assert_books_are_right()


# --- a database that fails --------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_a_spend_that_may_have_happened_is_not_tried_again():
    """The connection breaks when its one statement has committed: whoever tried again by itself would spend twice."""
    caller, tried = Caller(), []

    def break_off(execute, sql, params, many, context):
        answer = execute(sql, params, many, context)
        if SPENDS in sql:
            tried.append(sql)
            raise OperationalError("server closed the connection unexpectedly")
        return answer

    with connection.execute_wrapper(break_off):
        status, headers, body = caller.call("POST", SPEND, ANALYSIS)

    assert (status, dict(headers)["Content-Type"]) == (503, "application/problem+json")
    assert "the same Idempotency-Key is safe" in body
    assert (len(tried), TokenUsage.objects.count(), get_token_balance(caller.user.pk)) == (1, 1, 95)


@pytest.mark.django_db(transaction=True)
def test_a_spend_that_the_database_could_not_serialize_is_asked_again():
    caller, asked = Caller(), []

    def collide(execute, sql, params, many, context):
        if SPENDS in sql:
            asked.append(sql)
            if len(asked) < 3:
                raise OperationalError("deadlock detected") from errors.DeadlockDetected()
        return execute(sql, params, many, context)

    with connection.execute_wrapper(collide):
        status, _, _ = caller.call("POST", SPEND, ANALYSIS)

    assert (status, caller.is_fast, len(asked), get_token_balance(caller.user.pk)) == (200, True, 3, 95)
