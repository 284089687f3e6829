"""Who holds somebody's session, but not their password, changes nothing that opens the account; each change is told."""

import re
from urllib.parse import urlsplit

import pytest
from allauth.account.models import EmailAddress, EmailConfirmationHMAC
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.core import mail
from django.core.cache import cache
from django.test import Client

from accounts import api_keys
from accounts.models import ApiKey
from accounts.testing.codes import activate
from devtools.testing.factories import PASSWORD, UserFactory
from tokens.models import Mail

pytestmark = pytest.mark.django_db

EMAIL, KEYS, CONFIRM, EVIL = "/accounts/email/", "/accounts/api-keys/", "/accounts/reauthenticate/", "evil@example.com"
NEW_KEY = {"name": "CI", "expires_in_days": "", "scopes": ["read"], "form_key": "f" * 32}


@pytest.fixture(autouse=True)
def fresh_limits():
    cache.clear()


@pytest.fixture
def stolen(alice):
    """A session of alice's, in which the password was not given again."""
    client = Client()
    client.post("/accounts/login/", {"login": "alice", "password": PASSWORD})
    return client


@pytest.fixture
def confirmed(stolen):
    """The same session once its user has confirmed access."""
    stolen.post(CONFIRM, {"password": PASSWORD})
    return stolen


def notices(user):
    return list(Mail.objects.filter(user=user, kind="security_notice").order_by("id").values_list("subject", "address"))


def link_in(message):
    return urlsplit(re.findall(r"https?://\S+/accounts/confirm-email/\S+", message.body)[0]).path


ATTACKS = {
    "add an address": (EMAIL, {"action_add": "", "email": EVIL}),
    "make another primary": (EMAIL, {"action_primary": "", "email": "second@example.com"}),
    "remove an address": (EMAIL, {"action_remove": "", "email": "second@example.com"}),
    "create a key": (KEYS, NEW_KEY),
    "revoke a key": (f"{KEYS}{{key}}/revoke/", {}),
    "set up a factor": ("/accounts/2fa/totp/activate/", {"code": "123456"}),
    "sign out everywhere": ("/accounts/sessions/", {}),
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_a_stolen_session_cannot(attack, stolen, alice):
    EmailAddress.objects.create(user=alice, email="second@example.com", verified=True)
    key, _ = api_keys.issue(alice, name="hers")
    path, form = ATTACKS[attack]
    before = state(alice)

    answer = stolen.post(path.format(key=key.pk), form)

    assert (answer.status_code, answer["Location"].startswith(CONFIRM)) == (302, True)
    assert state(alice) == before
    assert mail.outbox == []


def state(user):
    user.refresh_from_db()
    addresses = EmailAddress.objects.filter(user=user).order_by("pk").values_list("email", "verified", "primary")
    keys = ApiKey.objects.for_user(user.pk).order_by("pk").values_list("pk", "revoked_at")
    return user.email, user.password, user.sessions_ended, [*addresses], [*keys], Authenticator.objects.count()


def test_with_the_password_the_change_goes_on_where_it_stopped(stolen, alice):
    answer = stolen.post(KEYS, NEW_KEY)

    resumed = stolen.post(answer["Location"], {"password": PASSWORD, "next": KEYS})

    assert (resumed.status_code, resumed["Location"]) == (303, KEYS)
    assert ApiKey.objects.get().user == alice
    assert 'id="new-key"' in stolen.get(KEYS).content.decode()


def test_an_added_address_is_told_to_the_old_one_and_so_is_its_confirmation(confirmed, alice):
    confirmed.post(EMAIL, {"action_add": "", "email": EVIL})
    assert notices(alice) == [(f"The email address {EVIL} was added to your account", alice.email)]

    assert confirmed.post(link_in(mail.outbox[-1])).status_code == 302

    assert notices(alice)[1:] == [(f"The email address {EVIL} of your account was confirmed", alice.email)]
    confirmed.post(EMAIL, {"action_primary": "", "email": EVIL})
    assert notices(alice)[2:] == [(f"Your email address was changed from {alice.email} to {EVIL}", alice.email)]


def test_an_address_that_was_added_is_confirmed_by_its_owner_only_who_confirms_access(confirmed, alice, bob):
    confirmed.post(EMAIL, {"action_add": "", "email": EVIL})
    link, stranger, other, later = link_in(mail.outbox[-1]), Client(), Client(), Client()
    other.force_login(bob)
    later.force_login(alice)

    for client in (stranger, other, later):
        assert client.get(link).status_code == (200 if client is other else 302)
        assert client.post(link).status_code == 302
    assert not EmailAddress.objects.get(email=EVIL).verified

    later.post(CONFIRM, {"password": PASSWORD})
    later.post(link)
    assert EmailAddress.objects.get(email=EVIL).verified


def test_an_account_without_a_confirmed_address_keeps_its_mail_when_another_is_confirmed(client, db):
    carol = UserFactory.create(username="carol", confirmed=False)
    EmailAddress.objects.create(user=carol, email=carol.email, primary=True)
    other = EmailAddress.objects.create(user=carol, email=EVIL)

    client.post(f"/accounts/confirm-email/{EmailConfirmationHMAC(other).key}/")

    assert notices(carol) == [(f"The email address {EVIL} of your account was confirmed", "carol@example.com")]


def test_the_last_address_hears_of_its_removal(confirmed, alice):
    confirmed.post(EMAIL, {"action_remove": "", "email": alice.email})

    assert notices(alice) == [(f"The email address {alice.email} was removed from your account", alice.email)]


def test_keys_that_are_created_and_revoked_are_told_by_what_no_thief_chooses(confirmed, alice):
    for _ in range(2):
        confirmed.post(KEYS, {**NEW_KEY, "name": "https://evil.example/reset"})
    key = ApiKey.objects.get()
    for _ in range(2):
        confirmed.post(f"{KEYS}{key.pk}/revoke/")

    assert notices(alice) == [
        (f"An API key was created for your account: {key.prefix}…", alice.email),
        (f"An API key of your account was revoked: {key.prefix}…", alice.email),
    ]
    assert not Mail.objects.filter(text__contains="evil.example").exists()


def test_sign_out_everywhere_ends_sessions_that_no_list_knows(confirmed, alice):
    others = [Client() for _ in range(2)]
    others[0].force_login(alice)  # as one from before sessions were listed
    others[1].post("/accounts/login/", {"login": "alice", "password": PASSWORD})
    page = confirmed.get("/accounts/sessions/").content.decode()
    assert page.count("127.0.0.1") == 2

    confirmed.post("/accounts/sessions/")

    assert [client.get(KEYS).status_code for client in (confirmed, *others)] == [200, 302, 302]
    assert confirmed.get("/accounts/sessions/").content.decode().count("127.0.0.1") == 1


def test_nobody_elses_sessions_are_listed_or_ended(confirmed, bob):
    browser = Client()
    browser.post("/accounts/login/", {"login": "bob", "password": PASSWORD}, headers={"User-Agent": "bobs-browser"})
    assert "bobs-browser" not in confirmed.get("/accounts/sessions/").content.decode()
    confirmed.post("/accounts/sessions/")
    assert browser.get(KEYS).status_code == 200


def test_an_account_with_a_factor_wants_both_for_every_change(stolen, alice):
    activate(alice)
    stolen.post(CONFIRM, {"password": PASSWORD})
    assert stolen.post(KEYS, NEW_KEY)["Location"].startswith(CONFIRM)
    assert not ApiKey.objects.exists()


@pytest.mark.parametrize("address", ["", "unknown"])
def test_who_has_no_address_signs_in_too(alice, address):
    browser = Client(REMOTE_ADDR=address)
    browser.post("/accounts/login/", {"login": "alice", "password": PASSWORD})
    assert browser.get("/accounts/sessions/").status_code == 200


def test_confirming_access_gives_the_session_another_key_and_the_thiefs_copy_of_the_old_one_is_over(stolen, alice):
    thief = Client()
    thief.cookies["sessionid"] = stolen.cookies["sessionid"].value

    stolen.post(CONFIRM, {"password": PASSWORD})

    assert thief.get(EMAIL).status_code == 302  # to sign in
    assert stolen.get(EMAIL).status_code == 200
    assert [each.session_key for each in UserSession.objects.all()] == [stolen.session.session_key]


def test_a_session_stays_as_it_was_when_access_is_not_confirmed(stolen, caplog):
    key = stolen.session.session_key
    stolen.post(CONFIRM, {"password": "a guess of a thief"})
    assert stolen.session.session_key == key
    assert "did not confirm access" in caplog.text


def test_the_link_of_somebody_elses_further_address_signs_nobody_out(alice, bob):
    address = EmailAddress.objects.create(user=bob, email="second@example.com", verified=False)
    mine = Client()
    mine.force_login(alice)
    link = f"/accounts/confirm-email/{EmailConfirmationHMAC(address).key}/"

    assert mine.get(link).status_code == 200
    assert mine.get(EMAIL).status_code in (200, 302)
    assert "_auth_user_id" in mine.session
    mine.post(link)
    address.refresh_from_db()
    assert not address.verified


@pytest.mark.parametrize("host", ["localhost", "testserver"])
def test_links_lead_to_the_shop_whatever_host_was_asked(alice, host):
    Client(headers={"host": host}).post("/accounts/password/reset/", {"email": alice.email})
    assert "http://shop.test/accounts/password/reset/key/" in mail.outbox[-1].body
