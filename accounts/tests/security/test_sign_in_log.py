"""The server's log names who signed in, who was refused and what opened an account, and nothing that was typed."""

import pytest

from accounts.models import User
from devtools.testing.factories import PASSWORD


@pytest.fixture
def lines(caplog):
    caplog.set_level("INFO", logger="accounts.sign_in.log")
    return lambda: [(each.levelname, each.message) for each in caplog.records if each.name == "accounts.sign_in.log"]


def sign_in(client, name, password=PASSWORD):
    return client.post("/accounts/login/", {"login": name, "password": password})


def test_a_sign_in_and_a_sign_out_are_lines_with_the_way_and_the_address(client, alice, lines):
    sign_in(client, "alice")
    client.post("/accounts/logout/")
    assert lines() == [
        ("INFO", f"User {alice.pk} signed in by password from 127.0.0.1."),
        ("INFO", f"User {alice.pk} signed out from 127.0.0.1."),
    ]


@pytest.mark.parametrize("name", ["alice", "ALICE"])
def test_a_wrong_password_is_a_line_that_names_the_user(client, alice, lines, name):
    sign_in(client, name, "wrong")
    assert lines() == [("WARNING", f"A wrong password for user {alice.pk} was given from 127.0.0.1.")]


@pytest.mark.parametrize("typed", [PASSWORD, "nobody\nUser 1 signed in from 10.0.0.1.", "x@example.com"])
def test_nothing_that_was_typed_gets_into_the_log(client, alice, lines, caplog, typed):
    sign_in(client, typed, typed)
    assert lines() == [("WARNING", "A wrong password for nobody known was given from 127.0.0.1.")]
    assert typed not in caplog.text


def test_a_wrong_key_of_nobody_in_particular_is_no_line_of_this_log(client, alice, lines):
    client.get("/api/tokens/balance", headers={"Authorization": "Bearer tk_test_x"})
    assert lines() == []


def test_what_opens_an_account_is_a_line(client, db, lines):
    form = {"username": "carla", "email": "carla@example.com", "password1": PASSWORD, "password2": PASSWORD}
    client.post("/accounts/signup/", form)
    carla = User.objects.get(username="carla")
    assert ("INFO", f"User {carla.pk} signed up from 127.0.0.1.") in lines()
