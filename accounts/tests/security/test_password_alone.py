"""Where an account has a second factor, the password alone opens nothing that the factor protects."""

import time

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from accounts.testing.codes import activate, code_of
from devtools.testing.factories import PASSWORD

pytestmark = pytest.mark.django_db

CODES, CONFIRM = "/accounts/2fa/recovery-codes/", "/accounts/reauthenticate/"
GUARDED = [CODES, "/accounts/2fa/recovery-codes/generate/", "/accounts/2fa/totp/deactivate/"]


@pytest.fixture(autouse=True)
def fresh_limits():
    cache.clear()


@pytest.fixture
def old_session(alice):
    """A session from before its owner set up a factor, which somebody else may hold."""
    client = Client()
    client.force_login(alice)
    return client


@pytest.fixture
def secret(alice, old_session):
    secret = activate(alice)
    RecoveryCodes.activate(alice)
    return secret


def recovery_codes(user):
    return Authenticator.objects.get(user=user, type="recovery_codes").wrap().get_unused_codes()


@pytest.mark.parametrize("path", GUARDED)
def test_the_password_alone_re_authenticates_nobody_with_a_factor(old_session, alice, secret, path):
    old_session.post(CONFIRM, {"password": PASSWORD})
    old_session.post(CONFIRM, {"password": PASSWORD, "code": ""})
    old_session.post(CONFIRM, {"password": PASSWORD, "code": "000000"})

    answer = old_session.get(path)

    assert (answer.status_code, answer["Location"].startswith(CONFIRM)) == (302, True)
    assert len(recovery_codes(alice)) == 10


def test_the_code_alone_re_authenticates_nobody_either(old_session, secret):
    for page in (CONFIRM, "/accounts/2fa/reauthenticate/"):
        old_session.post(page, {"code": code_of(secret)})
        old_session.post(page, {"password": "wrong", "code": code_of(secret)})

    assert old_session.get(CODES).status_code == 302


def test_both_do_and_the_page_leads_on(old_session, secret):
    answer = old_session.post(CONFIRM, {"password": PASSWORD, "code": code_of(secret), "next": CODES})

    assert (answer.status_code, answer["Location"]) == (302, CODES)
    assert old_session.get(CODES).status_code == 200


def test_a_password_given_before_the_factor_existed_does_not_count_afterwards(old_session, alice):
    old_session.post(CONFIRM, {"password": PASSWORD})
    activate(alice)
    RecoveryCodes.activate(alice)

    assert old_session.get(CODES).status_code == 302


def test_it_counts_for_five_minutes(old_session, secret):
    old_session.post(CONFIRM, {"password": PASSWORD, "code": code_of(secret)})
    with time_machine.travel(time.time() + 301):
        assert old_session.get(CODES).status_code == 302


def test_recovery_codes_are_shown_once(old_session, alice, secret):
    old_session.post(CONFIRM, {"password": PASSWORD, "code": code_of(secret)})
    codes = recovery_codes(alice)

    first, second = (old_session.get(CODES).content.decode() for _ in range(2))

    assert all(code in first for code in codes)
    assert not any(code in second for code in codes)
    assert old_session.get(f"{CODES}download/").status_code == 403


def test_changing_the_password_asks_for_the_code_too(old_session, alice, secret):
    new = "a-much-better-passphrase-47"
    form = {"oldpassword": PASSWORD, "password1": new, "password2": new}

    refused = old_session.post("/accounts/password/change/", form)
    alice.refresh_from_db()
    assert (refused.status_code, alice.check_password(PASSWORD)) == (200, True)

    assert old_session.post("/accounts/password/change/", {**form, "code": code_of(secret)}).status_code == 302
    alice.refresh_from_db()
    assert alice.check_password(new)


@pytest.mark.django_db(transaction=True)
def test_setting_up_a_factor_ends_every_other_session_and_keeps_this_one(alice):
    mine, others = Client(), [Client(), Client()]
    for client in (mine, *others):
        client.force_login(alice)
    mine.post(CONFIRM, {"password": PASSWORD})
    secret = mine.get(reverse("mfa_activate_totp")).context["form"].secret

    mine.post(reverse("mfa_activate_totp"), {"code": code_of(secret)})

    assert [client.get("/accounts/api-keys/").status_code for client in (mine, *others)] == [200, 302, 302]


def test_one_code_opens_one_session_for_as_long_as_it_is_accepted(alice, secret, time_machine_at_half):
    code = code_of(secret, steps=1)  # of a phone that is half a minute ahead
    assert sign_in(alice, code)
    for seconds in (0, 31, 58):
        time_machine_at_half.shift(seconds)
        cache.clear()  # as another process, or after the shared cache lost it
        assert not sign_in(alice, code), seconds


@pytest.fixture
def time_machine_at_half():
    with time_machine.travel("2026-11-22 12:00Z", tick=False) as traveller:
        yield traveller


def sign_in(user, code):
    client = Client()
    client.post("/accounts/login/", {"login": user.username, "password": PASSWORD})
    return client.post("/accounts/2fa/authenticate/", {"code": code}).status_code == 302


@pytest.mark.django_db(transaction=True)
def test_a_code_used_to_set_up_signs_nobody_in(alice):
    mine = Client()
    mine.force_login(alice)
    mine.post(CONFIRM, {"password": PASSWORD})
    code = code_of(mine.get(reverse("mfa_activate_totp")).context["form"].secret)
    mine.post(reverse("mfa_activate_totp"), {"code": code})

    assert not sign_in(alice, code)
