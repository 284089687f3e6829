"""`Authorization: Bearer tk_…` at the door of the API."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
import time_machine
from django.db import DatabaseError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request
from rest_framework.test import APIRequestFactory

from accounts import api_keys
from accounts.authentication import ApiCaller, ApiKeyAuthentication

BALANCE = "/api/tokens/balance"
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.fixture
def key(alice):
    api_key, text = api_keys.issue(alice, name="CI")
    return SimpleNamespace(row=api_key, text=text, header={"Authorization": f"Bearer {text}"})


def request_with(header: str | None) -> Request:
    return Request(APIRequestFactory().get("/", headers={} if header is None else {"Authorization": header}))


def statements_on_keys(client: Client, **kwargs) -> list[str]:
    with CaptureQueriesContext(
        connection,
    ) as captured:
        assert client.get(BALANCE, **kwargs).status_code == 200
    return [query["sql"] for query in captured if "accounts_apikey" in query["sql"]]


def test_a_good_key_signs_its_owner_in(client, alice, key):
    answer = client.get(BALANCE, headers=key.header)

    assert (answer.status_code, answer.json()["user_id"]) == (200, alice.pk)


def test_the_word_bearer_may_be_written_in_any_case(client, key):
    assert client.get(BALANCE, headers={"Authorization": f"bearer {key.text}"}).status_code == 200


def test_without_a_header_the_request_is_left_to_the_session(client, alice):
    assert ApiKeyAuthentication().authenticate(request_with(None)) is None

    client.force_login(alice)
    assert client.get(BALANCE).status_code == 200


def test_a_call_without_any_sign_in_is_401_and_names_the_scheme(client, db):
    answer = client.get(BALANCE)

    assert (answer.status_code, answer["WWW-Authenticate"]) == (401, "Bearer")


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer ", "Basic YTpi", "tk_test_x", "Bearer tk_a tk_b", "Bearer sk_x"]
)
def test_a_malformed_header_is_refused_with_a_sentence_that_says_what_to_send(header):
    with pytest.raises(AuthenticationFailed, match="Send your API key as `Authorization: Bearer tk_…`"):
        ApiKeyAuthentication().authenticate(request_with(header))


def test_an_unknown_key_is_401(client, key):
    answer = client.get(BALANCE, headers={"Authorization": "Bearer tk_test_made-up"})

    assert (answer.status_code, answer["WWW-Authenticate"]) == (401, "Bearer")
    assert "Unknown API key." in answer.content.decode()


def test_a_revoked_key_is_401_and_says_so(client, key):
    api_keys.revoke(key.row)

    answer = client.get(BALANCE, headers=key.header)

    assert answer.status_code == 401
    assert "This API key was revoked." in answer.content.decode()


def test_an_expired_key_is_401_and_says_so(client, alice):
    with time_machine.travel(NOON, tick=False) as clock:
        _, text = api_keys.issue(alice, name="CI", expires_at=NOON + timedelta(days=1))
        clock.shift(timedelta(days=1))

        answer = client.get(BALANCE, headers={"Authorization": f"Bearer {text}"})

    assert answer.status_code == 401
    assert "This API key has expired." in answer.content.decode()


def test_the_key_of_an_inactive_user_is_401_even_beside_a_good_session(client, alice, bob, key):
    alice.is_active = False
    alice.save(update_fields=["is_active"])
    client.force_login(bob)

    answer = client.get(BALANCE, headers=key.header)

    assert answer.status_code == 401
    assert "The account that owns this API key is inactive. Contact support." in answer.content.decode()


def test_a_key_works_without_a_csrf_token(alice, key):
    client = Client(enforce_csrf_checks=True)

    answer = client.post("/api/tokens/quote", {"items": []}, content_type="application/json", headers=key.header)

    assert answer.status_code != 403


def test_signing_in_costs_one_statement_once_the_use_is_noted(client, key):
    client.get(BALANCE, headers=key.header)

    statements = statements_on_keys(client, headers=key.header)

    assert [sql.split()[0] for sql in statements] == ["SELECT"]


def test_what_a_call_asks_of_its_caller_beyond_the_id_is_read_when_it_is_asked(alice, key, django_assert_num_queries):
    caller = ApiCaller(api_keys.authenticate(key.text))
    with django_assert_num_queries(0):
        assert (caller.pk, caller.id, caller.is_authenticated) == (alice.pk, alice.pk, True)
    with django_assert_num_queries(1):
        assert (caller.username, caller.is_staff) == ("alice", False)


def test_a_use_is_noted_after_the_answer_and_at_most_once_a_minute(client, key):
    with time_machine.travel(NOON, tick=False) as clock:
        first = statements_on_keys(client, headers=key.header)
        clock.shift(timedelta(seconds=59))
        second = statements_on_keys(client, headers=key.header)
        key.row.refresh_from_db()
        noted_within_the_minute = key.row.last_used_at
        clock.shift(timedelta(seconds=1))
        third = statements_on_keys(client, headers=key.header)
        key.row.refresh_from_db()

    assert [[sql.split()[0] for sql in sqls] for sqls in (first, second, third)] == [
        ["SELECT", "UPDATE"],
        ["SELECT"],
        ["SELECT", "UPDATE"],
    ]
    assert (noted_within_the_minute, key.row.last_used_at) == (NOON, NOON + timedelta(minutes=1))


def test_where_a_use_came_from_is_noted_with_it_and_no_more_often(client, key, settings):
    settings.NUM_PROXIES = 1
    with time_machine.travel(NOON, tick=False) as clock:
        for seconds, address, noted in [
            (0, "203.0.113.7", "203.0.113.7"),
            (59, "2001:db8::1", "203.0.113.7"),
            (1, "2001:db8::1", "2001:db8::1"),
            (60, "unknown", None),
        ]:
            clock.shift(timedelta(seconds=seconds))
            client.get(BALANCE, headers={**key.header, "X-Forwarded-For": f"198.51.100.1, {address}"})
            key.row.refresh_from_db()
            assert key.row.last_used_from == noted


def test_nothing_is_noted_before_the_request_is_closed(alice, key):
    request = request_with(f"Bearer {key.text}")
    ApiKeyAuthentication().authenticate(request)
    key.row.refresh_from_db()
    assert key.row.last_used_at is None

    request._request.close()

    key.row.refresh_from_db()
    assert key.row.last_used_at is not None


def test_two_processes_that_saw_the_same_old_date_note_one_use(key):
    with time_machine.travel(NOON, tick=False) as clock:
        seen_by_one, seen_by_other = api_keys.find(key.text), api_keys.find(key.text)
        assert seen_by_one
        assert seen_by_other
        api_keys.note_use(seen_by_one.key_id)
        clock.shift(timedelta(seconds=5))
        api_keys.note_use(seen_by_other.key_id)

    key.row.refresh_from_db()
    assert key.row.last_used_at == NOON


def test_a_note_that_fails_breaks_nothing(client, key, monkeypatch, caplog):
    def fail(key_id, address):
        raise DatabaseError("gone")

    monkeypatch.setattr(api_keys, "note_use", fail)

    assert client.get(BALANCE, headers=key.header).status_code == 200
    assert f"The use of API key {key.row.pk} could not be noted." in caplog.text
