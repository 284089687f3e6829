"""A code of an authenticator app is good once, for as long as it would be accepted, in whatever process."""

from datetime import UTC, datetime

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value
from django.test import Client
from django.urls import reverse

from devtools.testing.factories import PASSWORD
from tokens.testing.races import at_once

pytestmark = pytest.mark.django_db
STEP = 30
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)  # a step begins
SIGN_IN, CODE = reverse("account_login"), reverse("mfa_authenticate")


@pytest.fixture
def secret(alice):
    secret = generate_totp_secret()
    TOTP.activate(alice, secret)
    return secret


def code_of(secret, at=NOON):
    return format_hotp_value(hotp_value(secret, int(at.timestamp()) // STEP))


def passes(code):
    """Whether somebody with the password enters with this code."""
    client = Client()
    client.post(SIGN_IN, {"login": "alice", "password": PASSWORD})
    client.post(CODE, {"code": code})
    return "_auth_user_id" in client.session


def test_a_code_is_good_once_for_all_the_90_seconds_in_which_it_is_accepted(secret):
    code = code_of(secret)
    with time_machine.travel(NOON, tick=False) as clock:
        clock.shift(-STEP)  # the first moment at which a phone ahead of us shows it
        assert passes(code)
        for seconds in (0, 29, 2, 28, 2, 28.9):  # 0, 29, 31, 59, 61, 89.9 after the first use
            clock.shift(seconds)
            assert not passes(code)


def test_the_same_code_written_otherwise_is_the_same_code(secret):
    code = code_of(secret)
    with time_machine.travel(NOON, tick=False):
        assert passes(code)
        assert not passes(f"{code[:3]} {code[3:]}")
        assert not passes(f"{code[:3]}-{code[3:]}")


def test_the_next_code_is_good(secret):
    with time_machine.travel(NOON, tick=False) as clock:
        assert passes(code_of(secret))
        clock.shift(STEP)
        assert passes(code_of(secret, datetime(2026, 11, 22, 12, 0, 30, tzinfo=UTC)))


def test_a_used_code_confirms_no_identity_either(secret):
    code = code_of(secret)
    with time_machine.travel(NOON, tick=False) as clock:
        client = Client()
        client.post(SIGN_IN, {"login": "alice", "password": PASSWORD})
        assert client.post(CODE, {"code": code}).status_code == 302
        clock.shift(45)
        answer = client.post(reverse("account_reauthenticate"), {"password": PASSWORD, "code": code})
    assert answer.context["form"].errors == {"code": ["Incorrect code."]}


@pytest.mark.django_db(transaction=True)
def test_the_code_that_sets_the_app_up_is_used_by_it(alice):
    client = Client()
    client.post(SIGN_IN, {"login": "alice", "password": PASSWORD})
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    secret = client.get(reverse("mfa_activate_totp")).context["form"].secret
    with time_machine.travel(NOON, tick=False):
        code = code_of(secret)
        assert client.post(reverse("mfa_activate_totp"), {"code": code}).status_code == 302
        assert Authenticator.objects.filter(user=alice, type="totp").count() == 1
        assert not passes(code)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("kind", ["totp", "recovery_codes"])
def test_of_four_who_enter_the_same_code_at_once_one_comes_in(alice, secret, kind):
    with time_machine.travel(NOON, tick=True):
        codes = RecoveryCodes.activate(alice)
        code = code_of(secret) if kind == "totp" else codes.get_unused_codes()[0]
        clients = [Client(REMOTE_ADDR=f"198.51.100.{n}") for n in range(4)]
        for client in clients:
            client.post(SIGN_IN, {"login": "alice", "password": PASSWORD})
        at_once(lambda number: clients[number].post(CODE, {"code": code}), times=4)
    assert sum("_auth_user_id" in client.session for client in clients) == 1
