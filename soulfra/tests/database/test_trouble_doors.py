"""A database in trouble is answered with "try again" by every door, whatever part of the shop asked it first."""

import io
import logging
from contextlib import contextmanager

import pytest
from django.conf import settings as shop
from django.db import DatabaseError, ProgrammingError, connection, transaction
from django.test import Client

from accounts import api_keys
from soulfra.testing.api_calls import DOCS, calls
from tokens.database_trouble import OneLine
from tokens.request_id import RequestIdFilter

PAGES = [
    ("GET", "/tokens/"),
    ("GET", "/tokens/purchases"),
    ("POST", "/tokens/purchase"),
    ("GET", "/domains/"),
    ("POST", "/domains/"),
    ("GET", "/membership/"),
    ("GET", "/accounts/api-keys/"),
    ("GET", "/accounts/email/"),
    ("POST", "/accounts/logout/"),
    ("GET", "/admin/"),
    ("GET", "/admin/tokens/wallet/"),
    ("POST", "/admin/tokens/package/add/"),
]
TO_ANYBODY = [
    ("POST", "/accounts/login/", {"login": "alice", "password": "a long and wrong one"}),
    ("POST", "/accounts/password/reset/", {"email": "alice@example.com"}),
    ("GET", "/tokens/", {}),
    ("GET", "/api/tokens/packages", {}),
    ("GET", "/api/memberships/plans", {}),
]
# What asks the database nothing, whoever calls.
ASK_NOTHING = {"/api/schema", *DOCS}
both_modes = pytest.mark.parametrize("debug", [True, False])


@pytest.fixture
def client():
    return Client(raise_request_exception=False)


@pytest.fixture
def lines():
    """What the shop's log would have."""
    handler = logging.StreamHandler(stream := io.StringIO())
    handler.setFormatter(logging.Formatter(shop.LOGGING["formatters"]["line"]["format"], style="{"))
    for each in (RequestIdFilter(), OneLine()):
        handler.addFilter(each)
    logging.getLogger().addHandler(handler)
    yield lambda: stream.getvalue().splitlines()
    logging.getLogger().removeHandler(handler)


def real_error():
    """A disk that is full, as the database at hand says it."""
    statements = {
        "postgresql": ["DO $$BEGIN RAISE 'No space left on device' USING ERRCODE = 'disk_full'; END$$"],
        "sqlite": ["PRAGMA query_only = ON", "DELETE FROM wallets"],
    }[connection.vendor]
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
    except DatabaseError as error:
        return error
    finally:
        if connection.vendor == "sqlite":
            connection.cursor().execute("PRAGMA query_only = OFF")
    raise AssertionError("There was no trouble.")


@contextmanager
def trouble():
    """Whatever is asked of the database meanwhile fails of it."""
    found = real_error()

    def fail(execute, sql, params, many, context):
        raise type(found)(str(found)) from found.__cause__

    with connection.execute_wrapper(fail):
        yield


def shape(answer):
    return answer.status_code, answer.headers.get("Retry-After"), answer["Content-Type"]


PAGE, PROBLEM = (503, "5", "text/html; charset=utf-8"), (503, "5", "application/problem+json")


@both_modes
@pytest.mark.django_db
def test_every_page_says_so(client, staff, settings, debug, lines):
    settings.DEBUG = debug
    client.force_login(staff)
    with trouble():
        answers = [client.generic(method, path) for method, path in PAGES]
    assert [shape(answer) for answer in answers] == [PAGE] * len(PAGES)
    assert {b"check first whether it went through" in answer.content for answer in answers} == {True}
    _signed_in, *said = lines()
    assert len(said) == len(PAGES)
    for answer, line in zip(answers, said, strict=True):
        assert answer["X-Request-ID"] in line
        assert " ERROR django.request " in line
        assert "Service Unavailable: /" in line
        assert "database trouble" in line


@both_modes
@pytest.mark.django_db
def test_every_call_says_so(client, alice, settings, debug):
    settings.DEBUG = debug
    key = {"Authorization": f"Bearer {api_keys.issue(alice, name='CI')[1]}", "Idempotency-Key": "a"}
    with trouble():
        answers = {str(call): client.generic(call.method, call.path, headers=key) for call in calls()}
    asked = {call: shape(answer) for call, answer in answers.items() if call.split()[1] not in ASK_NOTHING}
    assert {call: found for call, found in asked.items() if found != PROBLEM} == {}
    assert len(asked) > 20
    assert {answer.json()["detail"] for call, answer in answers.items() if call in asked and "HEAD" not in call} == {
        "The database can't answer right now. Try again in a few seconds; the same Idempotency-Key is safe."
    }


@both_modes
@pytest.mark.django_db
def test_so_do_what_is_open_to_anybody_and_a_call_from_the_browser(client, alice, settings, debug):
    settings.DEBUG = debug
    signed_in = Client(raise_request_exception=False)
    signed_in.force_login(alice)
    with trouble():
        for method, path, data in TO_ANYBODY:
            answer = client.get(path) if method == "GET" else client.post(path, data)
            assert shape(answer) == (PROBLEM if path.startswith("/api/") else PAGE), path
        assert shape(signed_in.get("/api/tokens/balance")) == PROBLEM


@pytest.mark.django_db
def test_a_session_that_cannot_be_saved_after_the_page_was_made_is_trouble_too(client, alice):
    client.force_login(alice)
    found = real_error()

    def fail(execute, sql, params, many, context):
        if "django_session" in sql and not sql.startswith("SELECT"):
            raise type(found)(str(found)) from found.__cause__
        return execute(sql, params, many, context)

    with connection.execute_wrapper(fail):
        assert shape(client.post("/accounts/logout/")) == PAGE


@both_modes
@pytest.mark.django_db
def test_a_fault_of_the_shop_is_still_one(client, settings, debug, lines):
    settings.DEBUG = debug

    def fail(execute, sql, params, many, context):
        raise ProgrammingError('relation "wallets" does not exist')

    with connection.execute_wrapper(fail):
        for path in ("/tokens/", "/api/tokens/packages"):
            answer = client.get(path)
            assert (answer.status_code, "Retry-After" in answer) == (500, False)
    assert any("Traceback" in line for line in lines())
