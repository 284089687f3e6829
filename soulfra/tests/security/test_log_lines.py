"""Each line of the log says in which request it was written, and for whom, without asking the database for it."""

import io
import logging
import re

import pytest
from django.conf import settings as shop
from django.test import Client
from django.utils.functional import SimpleLazyObject
from django.utils.module_loading import import_string

from accounts import api_keys
from tokens import request_id


@pytest.fixture
def lines():
    """(request, user, message) of what was written in the shop's own format."""
    handler = logging.StreamHandler(stream := io.StringIO())
    form = shop.LOGGING["formatters"]["line"]["format"]  # settings have no shape
    handler.setFormatter(logging.Formatter(form, style="{"))
    for name in shop.LOGGING["handlers"]["console"]["filters"]:
        handler.addFilter(import_string(shop.LOGGING["filters"][name]["()"])())
    logging.getLogger().addHandler(handler)
    yield lambda: re.findall(r"\[(\S+) user (\S+)\]: (.*)", stream.getvalue())
    logging.getLogger().removeHandler(handler)


def refused(lines, answer, message):
    [(name, user, _)] = [line for line in lines() if line[2] == message]
    assert name == answer["X-Request-ID"]
    return user


def test_a_stranger_is_nobody(client, db, lines):
    assert refused(lines, client.get("/nope"), "Not Found: (unknown)") == "-"


def test_a_page_that_refuses_somebody_names_the_user(client, alice, lines):
    client.force_login(alice)
    answer = client.get("/tokens/success?session_id=cs_test_of_bob")
    assert answer.status_code >= 400
    [user] = {user for _, user, message in lines() if "/tokens/success" in message}
    assert user == str(alice.pk)


def test_a_call_that_is_refused_names_the_owner_of_the_key(client, alice, lines):
    key = {"Authorization": f"Bearer {api_keys.issue(alice, name='CI')[1]}"}
    answer = client.get("/api/tokens/holds/17", headers=key)
    assert refused(lines, answer, "Not Found: /api/tokens/holds/<int:pk>") == str(alice.pk)


def test_a_call_with_a_wrong_key_names_nobody(client, db, lines):
    answer = client.get("/api/tokens/holds/17", headers={"Authorization": "Bearer tk_test_x"})
    assert refused(lines, answer, "Unauthorized: /api/tokens/holds/<int:pk>") == "-"


SECRET = "bm90LXlvdXJz-secret"
LINKS = [
    f"/accounts/password/reset/key/1-{SECRET}/",
    f"/accounts/staff-invitation/{SECRET}/",
    f"/accounts/confirm-email/{SECRET}/",
    f"/nowhere/{SECRET}/",
]


@pytest.mark.parametrize("path", LINKS)
def test_no_line_has_a_link_that_opens_an_account(db, lines, path, settings):
    strict = Client(enforce_csrf_checks=True, raise_request_exception=False)
    strict.get(path)
    strict.put(path)
    strict.post(path, headers={"Referer": f"https://elsewhere.test{path}"}, secure=True)
    strict.get(path, headers={"Host": "elsewhere.test"})
    assert any(name != "-" for name, _, _ in lines())
    assert not [message for _, _, message in lines() if SECRET in message]


def test_a_line_asks_nothing_of_the_database(rf, alice, django_assert_num_queries):
    request = rf.get("/")
    request.user = SimpleLazyObject(lambda: type(alice).objects.get(pk=alice.pk))
    request_id.begin("a-name", request)
    with django_assert_num_queries(0):
        assert request_id.user_id() == "-"
    request._cached_user = alice
    assert request_id.user_id() == str(alice.pk)


def test_a_request_that_is_over_is_not_held_in_memory(rf):
    request = rf.get("/")
    request_id.begin("a-name", request)
    del request
    assert request_id.user_id() == "-"
