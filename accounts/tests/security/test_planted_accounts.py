"""Nobody plants an account, or a key, with somebody else's address."""

import re
from importlib import import_module
from io import StringIO
from types import SimpleNamespace
from urllib.parse import urlsplit

import pytest
from allauth.account.models import EmailAddress
from django.apps import apps
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client

from accounts import api_keys
from accounts.errors import TooManyKeys
from accounts.models import ApiKey, User
from devtools.testing.factories import PASSWORD, UserFactory
from tokens.models import Mail
from tokens.staff import batches

pytestmark = pytest.mark.django_db

KEYS, NEW = "/accounts/api-keys/", "a-much-better-passphrase-47"
FORM = {"username": "carol", "email": "carol@corp.example", "password1": NEW, "password2": NEW}


@pytest.fixture(autouse=True)
def fresh_limits():
    cache.clear()


def sign_up(client):
    return client.post("/accounts/signup/", FORM)


def links_in(message):
    return [urlsplit(found).path for found in re.findall(r"https?://\S+", message.body)]


def test_who_signs_up_gets_in_only_by_the_link_in_the_email(client, mailoutbox):
    assert sign_up(client)["Location"] == "/accounts/confirm-email/"
    assert client.get(KEYS).status_code == 302
    client.post("/accounts/login/", {"login": "carol", "password": NEW})
    assert client.get(KEYS).status_code == 302

    elsewhere = Client()
    elsewhere.post(links_in(mailoutbox[0])[0])
    assert elsewhere.get(KEYS).status_code == 302  # the link alone signs nobody in
    client.post("/accounts/login/", {"login": "carol", "password": NEW})
    assert client.get(KEYS).status_code == 200


def test_the_link_signs_in_the_browser_that_signed_up(client, mailoutbox):
    sign_up(client)
    client.post(links_in(mailoutbox[0])[0])
    assert client.get(KEYS).status_code == 200


def reset(user, mailoutbox, password=NEW):
    client = Client()
    client.post("/accounts/password/reset/", {"email": user.email})
    page = client.get(next(link for link in links_in(mailoutbox[-1]) if "/reset/key/" in link), follow=True)
    client.post(page.redirect_chain[-1][0], {"password1": password, "password2": password})
    return page.content.decode()


def test_a_key_made_before_the_address_was_confirmed_is_shown_and_revoked_by_a_reset(mailoutbox):
    carol = UserFactory.create(username="carol", confirmed=False)
    planted, _ = api_keys.issue(carol, name="planted")
    EmailAddress.objects.create(user=carol, email=carol.email, verified=True, primary=True)
    hers, _ = api_keys.issue(carol, name="hers")

    page = reset(carol, mailoutbox)

    assert (planted.prefix in page, hers.prefix in page) == (True, True)
    assert page.count("Will be revoked") == 1
    assert {key.name: key.state for key in ApiKey.objects.all()} == {"planted": "revoked", "hers": "active"}
    told = Mail.objects.get(subject="Your password was reset")
    assert (hers.prefix in told.text, hers.prefix in told.html) == (True, True)
    assert Mail.objects.filter(subject=f"An API key of your account was revoked: {planted.prefix}…").exists()


def test_keys_of_a_confirmed_account_outlive_a_reset(alice, mailoutbox):
    _, text = api_keys.issue(alice, name="nightly")
    reset(alice, mailoutbox)
    assert api_keys.authenticate(text).user_id == alice.pk


def test_twenty_five_keys_are_the_most_and_room_comes_back(client, alice, time_machine):
    time_machine.move_to("2026-11-22 12:00Z", tick=False)
    made = [api_keys.issue(alice, name=f"key {number}")[0] for number in range(24)]
    client.force_login(alice)
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    for _ in range(2):  # a form sent twice is one key
        client.post(KEYS, {"name": "the 25th", "expires_in_days": "30", "scopes": ["read"], "form_key": "f" * 32})
    assert ApiKey.objects.count() == 25

    sentence = "This account has 25 active API keys, which is the limit. Revoke one first."
    page = client.post(KEYS, {"name": "the 26th", "expires_in_days": "", "scopes": ["read"], "form_key": "g" * 32})
    assert (page.status_code, sentence in page.content.decode()) == (200, True)
    with pytest.raises(CommandError, match=sentence):
        call_command("issue_api_key", "alice")
    with pytest.raises(TooManyKeys):
        api_keys.issue(alice, name="by a script")
    assert ApiKey.objects.count() == 25

    api_keys.revoke(made[0])
    call_command("issue_api_key", "alice", stdout=StringIO())
    time_machine.move_to("2026-12-23 12:00Z", tick=False)  # the one for thirty days has expired
    api_keys.issue(alice, name="again")


def test_a_list_grants_to_confirmed_addresses_only(alice):
    planted = UserFactory.create(username="planter", email="victim@corp.example", confirmed=False)
    EmailAddress.objects.create(user=planted, email=planted.email, primary=True)

    seen = batches.preview(
        ["alice@example.com", "victim@corp.example"], tokens=10, by=UserFactory.create(is_staff=True)
    )

    assert (seen.known, seen.unknown, seen.tokens) == (["alice@example.com"], ["victim@corp.example"], 10)


def migrate():
    migration = import_module("accounts.migrations.0013_existing_addresses_count_as_confirmed")
    migration.confirm(apps, SimpleNamespace(connection=connection))


def test_accounts_of_before_count_as_confirmed_and_their_programs_go_on():
    plain = UserFactory.create(username="plain", email="Plain@Example.com", confirmed=False)
    waiting = UserFactory.create(username="waiting", confirmed=False)
    EmailAddress.objects.create(user=waiting, email=waiting.email, primary=True)
    moved = UserFactory.create(username="moved")
    User.objects.filter(pk=moved.pk).update(email="new@example.com")
    nameless = UserFactory.create(username="nameless", email="", confirmed=False)
    closed, double = (UserFactory.create(username=name, email="one@example.com", confirmed=False) for name in "cd")
    User.objects.filter(pk=closed.pk).update(is_active=False)

    for _ in range(2):
        migrate()

    rows = EmailAddress.objects.order_by("email").values_list("user", "email", "verified", "primary")
    assert [*rows] == [
        (moved.pk, "moved@example.com", True, True),
        (moved.pk, "new@example.com", True, False),
        (double.pk, "one@example.com", True, True),
        (plain.pk, "plain@example.com", True, True),
        (waiting.pk, "waiting@example.com", True, True),
    ]
    for user in (plain, waiting, moved, nameless):
        client = Client()
        client.post("/accounts/login/", {"login": user.username, "password": PASSWORD})
        assert client.get(KEYS).status_code == 200, user
        key, _ = api_keys.issue(user, name="of before")
        assert key.made_unverified == (user in (nameless,))
