"""The fast path answers with one statement, and nobody can tell it from REST framework's answer."""

import json
import re
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import OperationalError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase
from psycopg import errors

from accounts import api_keys, throttling
from accounts.models import ApiKey
from devtools.testing.examples import tries
from devtools.testing.factories import UserFactory
from soulfra.api import fast_path
from tokens.ledger.wallet import get_token_balance
from tokens.models import TokenUsage
from tokens.purchases.lifecycle import simulate_token_purchase
from tokens.testing.ledger_rows import assert_books_are_right
from tokens.testing.races import at_once
from tokens.testing.two_ways import rows_of

pytestmark = [pytest.mark.postgres, pytest.mark.django_db]
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
BALANCE, SPEND = "/api/tokens/balance", "/api/tokens/spend"
ANALYSIS = {"action": "ai_analysis"}


class Caller:
    """A user with 100 tokens and a key whose use is noted, who calls with the plain door open or shut."""

    def __init__(self, *, is_door_open=True):
        self.is_door_open = is_door_open
        self.user = UserFactory.create()
        simulate_token_purchase(self.user.pk, "starter")
        self.key, self.text = api_keys.issue(self.user, name="CI")
        api_keys.note_use(self.key.pk)

    def call(self, method, path, body="", *, content_type="application/json", **headers):
        """Status, headers and body as they went out."""
        sent = json.dumps(body) if isinstance(body, dict | list) else body
        headers = {"authorization": f"Bearer {self.text}", **headers}
        with pytest.MonkeyPatch.context() as patched:
            if not self.is_door_open:
                patched.setattr(fast_path, "CALLS", {})
            client = Client(raise_request_exception=False)
            answer = client.generic(method, path, sent, content_type, headers=headers)
        kept = [(name, value) for name, value in answer.headers.items() if name != "X-Request-ID"]
        return answer.status_code, kept, answer.content.decode()


class TwoDoors:
    """Two users with the same past, one before each door."""

    def __init__(self):
        self.callers = [Caller(is_door_open=is_open) for is_open in (True, False)]

    def both(self, work):
        for caller in self.callers:
            work(caller)

    def call(self, *request, **headers):
        """The status, and whether the plain door answered; both doors said the same and left the same rows."""
        answers, statements = [], []
        for caller in self.callers:
            with CaptureQueriesContext(connection) as asked:
                status, names, body = caller.call(*request, **headers)
            # User ids may differ in length, so the length is compared with the body it belongs to.
            names = [
                (name, int(value) - len(body.encode()) if name == "Content-Length" else value) for name, value in names
            ]
            body = re.sub(rf'("user_id": ?){caller.user.pk}\b', r"\1x", body)
            answers.append((status, names, body))
            statements.append([query["sql"] for query in asked])
        assert answers[0] == answers[1]
        rows = [rows_of(caller.user) for caller in self.callers]
        assert rows[0] == rows[1]
        return answers[0][0], len(statements[0]) == 1 and "signer" in statements[0][0]


@pytest.fixture
def doors(monkeypatch):
    monkeypatch.setattr(throttling.buckets, "_clock", lambda: 0.0)  # both doors are asked at the same moment
    with time_machine.travel(NOON, tick=False):
        yield TwoDoors()


@pytest.mark.parametrize(
    "request_",
    [
        ("GET", BALANCE),
        ("POST", SPEND, ANALYSIS),
        ("POST", SPEND, ANALYSIS | {"metadata": {}}),
        (
            "POST",
            SPEND,
            ANALYSIS | {"metadata": {"domain": "bücher.example", "nested": [1, 2.5, None, True, {"a": ""}]}},
        ),
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
def test_the_fast_path_answers_with_one_statement_as_rest_framework_would(doors, request_, headers):
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
        (("POST", SPEND, ANALYSIS | {"metadata": {"a": [[] for _ in range(40)]}}), {}, 200),
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
        with time_machine.travel(NOON, tick=False):
            TwoDoors().call("POST", SPEND, {"action": action, "metadata": metadata}, **headers)


# --- callers ---------------------------------------------------------------------------------------


def test_a_user_without_a_wallet_has_nothing(doors):
    for caller in doors.callers:
        caller.user = UserFactory.create()
        ApiKey.objects.filter(pk=caller.key.pk).update(user=caller.user)
    assert doors.call("GET", BALANCE) == (200, True)
    assert doors.call("POST", SPEND, ANALYSIS) == (402, False)


@pytest.mark.parametrize("request_", [("GET", BALANCE), ("POST", SPEND, ANALYSIS)], ids=["balance", "spend"])
@pytest.mark.parametrize("field", ["revoked_at", "expires_at"])
def test_a_key_that_is_shut_is_refused_and_does_nothing(doors, request_, field):
    doors.both(lambda caller: ApiKey.objects.filter(pk=caller.key.pk).update(created_at=NOON - timedelta(1)))
    doors.both(lambda caller: ApiKey.objects.filter(pk=caller.key.pk).update(**{field: timezone.now()}))
    assert doors.call(*request_) == (401, False)


@pytest.mark.parametrize("request_", [("GET", BALANCE), ("POST", SPEND, ANALYSIS)], ids=["balance", "spend"])
def test_an_owner_who_is_shut_out_is_refused_and_does_nothing(doors, request_):
    doors.both(lambda caller: type(caller.user).objects.filter(pk=caller.user.pk).update(is_active=False))
    assert doors.call(*request_) == (401, False)


def test_a_use_is_noted_after_a_plain_answer(doors):
    doors.both(lambda caller: ApiKey.objects.filter(pk=caller.key.pk).update(last_used_at=NOON - timedelta(minutes=1)))
    assert doors.call("POST", SPEND, ANALYSIS)[0] == 200
    assert [ApiKey.objects.get(pk=caller.key.pk).last_used_at for caller in doors.callers] == [NOON, NOON]


def test_too_few_tokens_are_refused_by_rest_framework(doors):
    for status, is_plain in [(200, True)] * 10 + [(402, False)]:
        assert doors.call("POST", SPEND, {"action": "data_export"}) == (status, is_plain)


# --- the same call again -----------------------------------------------------------------------------


def test_the_first_answer_comes_again_whichever_door_gave_it(doors):
    assert doors.call("POST", SPEND, ANALYSIS, idempotency_key="k") == (200, True)
    assert doors.call("POST", SPEND, ANALYSIS, idempotency_key="k") == (200, False)
    for caller in doors.callers:
        caller.is_door_open = not caller.is_door_open
    status, headers, body = doors.callers[0].call("POST", SPEND, ANALYSIS, idempotency_key="k")
    assert (status, dict(headers)["Idempotent-Replayed"]) == (200, "true")
    assert json.loads(body) == {"success": True, "balance": 95, "spent": 5}
    assert doors.callers[1].call("POST", SPEND, ANALYSIS, idempotency_key="k") == (status, headers, body)
    assert doors.callers[1].call("POST", SPEND, {"action": "data_export"}, idempotency_key="k")[0] == 422
    assert_books_are_right()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("key", [None, "k"], ids=["each by itself", "all the same"])
def test_calls_at_once_spend_what_there_is_and_a_key_spends_once(key):
    caller = Caller()
    headers = {"idempotency_key": key} if key else {}

    answers = at_once(lambda _: caller.call("POST", SPEND, {"action": "data_export"}, **headers), times=12)

    assert sorted(status for status, _, _ in answers) == ([200] * 12 if key else [200] * 10 + [402] * 2)
    assert get_token_balance(caller.user.pk) == (90 if key else 0)
    assert TokenUsage.objects.count() == (1 if key else 10)
    assert_books_are_right()


# --- too many calls ---------------------------------------------------------------------------------


def test_each_call_counts_once_whichever_door_answers(doors, settings):
    settings.API_BURST, settings.API_REQUESTS_PER_MINUTE = 6, 1
    steps = [
        ("GET", BALANCE),
        ("POST", SPEND, ANALYSIS),
        ("POST", SPEND, {"action": "fly"}),
        ("GET", BALANCE, {}),
        ("POST", SPEND, {"action": "data_export"}),
        ("GET", BALANCE),
        ("GET", BALANCE),
        ("POST", SPEND, ANALYSIS),
    ]
    assert [doors.call(*step) for step in steps] == [
        (200, True),
        (200, True),
        (400, False),
        (200, False),
        (200, True),
        (200, True),
        (429, False),
        (429, False),
    ]


def test_keys_that_nobody_has_are_not_remembered(doors, monkeypatch):
    monkeypatch.setattr(throttling, "buckets", throttling.Buckets())
    for n in range(5):
        doors.callers[0].call("GET", BALANCE, authorization=f"Bearer tk_test_{n}")
    assert len(throttling.buckets) == 0


# --- a database that fails --------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_a_spend_that_may_have_happened_is_not_tried_again():
    """The connection breaks when the commit is under way: whoever tried again by itself would spend twice."""
    caller, asked = Caller(), []

    def break_off(execute, sql, params, many, context):
        answer = execute(sql, params, many, context)
        if "spend_in_one_trip" in sql:
            asked.append(sql)
            raise OperationalError("server closed the connection unexpectedly")
        return answer

    with connection.execute_wrapper(break_off):
        status, headers, body = caller.call("POST", SPEND, ANALYSIS)

    assert (status, dict(headers)["Content-Type"]) == (500, "application/problem+json")
    assert "it has been logged" in body
    assert (len(asked), TokenUsage.objects.count(), get_token_balance(caller.user.pk)) == (1, 1, 95)


@pytest.mark.django_db(transaction=True)
def test_a_spend_that_the_database_could_not_serialize_is_asked_again():
    caller, asked = Caller(), []

    def collide(execute, sql, params, many, context):
        if "spend_in_one_trip" in sql:
            asked.append(sql)
            if len(asked) < 3:
                raise OperationalError("deadlock detected") from errors.DeadlockDetected()
        return execute(sql, params, many, context)

    with connection.execute_wrapper(collide):
        status, _, _ = caller.call("POST", SPEND, ANALYSIS)

    assert (status, len(asked), get_token_balance(caller.user.pk)) == (200, 3, 95)


@pytest.mark.parametrize(("path", "params"), [(BALANCE, ()), (SPEND, ("x", None, "{}", None, "", NOON, None, None))])
def test_the_key_is_looked_up_behind_a_fence_that_the_planner_keeps(path, params):
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN {fast_path.CALLS[path].question}", (NOON, NOON, "a" * 64, *params))
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "CTE Scan on signer" in plan
