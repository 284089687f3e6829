"""A username is never what could be somebody's email address, whichever door it comes through."""

import pytest
from django.core.management import CommandError, call_command

from accounts.models import User
from devtools.testing.factories import PASSWORD, UserFactory
from tokens.testing.office import page

pytestmark = pytest.mark.django_db
WORDS = "An email address can&#x27;t be one."
# The last two have an @ that Unicode calls another character, and forms may turn into the plain one.
ADDRESSES = ["bob@example.com", "Bob@Example.com", "@", "bob@", "bob＠example.com", "bob﹫example.com"]
NEW = {"password1": "a-long-Passw0rd", "password2": "a-long-Passw0rd"}


@pytest.mark.parametrize("username", ADDRESSES)
def test_nobody_signs_up_with_an_address_for_a_username(client, bob, username):
    answer = client.post("/accounts/signup/", {"username": username, "email": "new@example.com", **NEW})
    assert (answer.status_code, User.objects.count()) == (200, 1)
    assert WORDS in answer.content.decode()


def test_other_signs_in_a_username_are_welcome(client):
    client.post("/accounts/signup/", {"username": "J.o-e_+7é", "email": "joe@example.com", **NEW})
    assert User.objects.get().username == "J.o-e_+7é"


@pytest.mark.parametrize("username", ADDRESSES)
def test_staff_give_no_account_an_address_for_a_username(client, staff, alice, username):
    client.force_login(staff)
    added = client.post("/admin/accounts/user/add/", {"username": username, "usable_password": "true", **NEW})
    edited = client.post(page("accounts_user", "change", alice.pk), form_of(alice, username=username))
    assert [WORDS in answer.content.decode() for answer in (added, edited)] == [True, True]
    assert set(User.objects.values_list("username", flat=True)) == {"staff", "alice"}


def test_the_command_that_creates_staff_refuses_an_address(monkeypatch):
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", "a-long-Passw0rd")
    with pytest.raises(CommandError, match="email address can't be one"):
        call_command("createsuperuser", "--noinput", "--username", "bob@example.com", "--email", "x@example.com")
    assert not User.objects.exists()


@pytest.mark.parametrize("login", ["old@example.com", "mail-of-old@example.com"])
def test_an_account_that_is_older_than_the_rule_signs_in_and_can_be_edited(client, staff, login):
    old = UserFactory.create(username="old@example.com", email="mail-of-old@example.com")
    answer = client.post("/accounts/login/", {"login": login, "password": PASSWORD})
    assert (answer.status_code, client.session["_auth_user_id"]) == (302, str(old.pk))
    client.force_login(staff)
    client.post(page("accounts_user", "change", old.pk), form_of(old, first_name="Olga"))
    old.refresh_from_db()
    assert (old.username, old.first_name) == ("old@example.com", "Olga")


def test_an_address_signs_in_who_has_it_and_not_who_once_chose_it_as_a_username(client, bob):
    UserFactory.create(username=bob.email, email="other@example.com", password="another-Passw0rd")
    client.post("/accounts/login/", {"login": bob.email.upper(), "password": PASSWORD})
    assert client.session["_auth_user_id"] == str(bob.pk)


def test_no_account_is_renamed_to_anothers_name_in_capital_letters(client, staff, alice, bob):
    client.force_login(staff)
    answer = client.post(page("accounts_user", "change", bob.pk), form_of(bob, username="ALICE"))
    assert "already exists" in answer.content.decode()
    bob.refresh_from_db()
    assert bob.username == "bob"


def form_of(user, **changes):
    """The account's form as a browser sends it."""
    joined = {"date_joined_0": "2026-01-01", "date_joined_1": "00:00:00"}
    return {"username": user.username, "email": user.email, "is_active": "on", **joined, **changes}
