"""Usernames that lead to a site and passwords that are guessed first are refused, at every door."""

import pytest
from django.contrib.auth.password_validation import validate_password
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.test import Client

from accounts.models import User
from accounts.sign_in.usernames import is_web_address


@pytest.fixture(autouse=True)
def fresh_limits(db):
    cache.clear()


ADDRESSES = [
    *["https://evil.example", "www.evil.com", "evil.com", "EVIL.COM", "pay.evil.co.uk", "evil.example", "http.evil"],
    *["login-soulfra.support", "evil.com-", "xn--e1afmkfd.xn--p1ai", "пример.рф"],
]
NAMES = ["maria", "maria.rossi", "j.smith", "a+b", "x_y-z", "com", "v1.2", "o.o", "customer.17"]


@pytest.mark.parametrize("name", ADDRESSES)
def test_a_web_address_is_no_username(db, name):
    answer = sign_up(username=name)
    assert (answer.status_code, User.objects.count()) == (200, 0)


@pytest.mark.parametrize("name", NAMES)
def test_names_with_dots_are_usernames(name):
    assert not is_web_address(name)


def sign_up(username="carol", password="correct horse battery"):
    form = {"username": username, "email": "mariella@example.org", "password1": password, "password2": password}
    return Client().post("/accounts/signup/", form)


def test_the_command_for_superusers_refuses_them_too(db, monkeypatch):
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", "correct horse battery")
    with pytest.raises(CommandError, match="A web address can't be a username"):
        call_command("createsuperuser", "--noinput", username="evil.com", email="a@example.com")


COMMON = [
    *["123456789012", "098765432109", "111111111111", "password1234", "Password-2026!", "!!!Summer!!!!"],
    *["qwertyqwerty", "abcabcabcabc", "letmein letmein", "iloveyou1234567", "1q2w3e4r5t6y"],
]
WEAK = [
    ("eleven-char", "at least 12 characters"),
    ("my-Soulfra-login", "the name Soulfra"),
    ("S.O.U.L.F.R.A-2026", "the name Soulfra"),
    ("xx-Maria-Rossi-xx", "username or email address"),
    ("mariella-mariella", "username or email address"),
    *((each, "too easy to guess") for each in COMMON),
]


@pytest.mark.parametrize(("password", "why"), WEAK)
def test_a_password_that_is_tried_first_is_refused(db, password, why):
    answer = sign_up(username="maria.rossi", password=password)
    assert (User.objects.count(), why in answer.content.decode()) == (0, True)
    with pytest.raises(ValidationError):
        validate_password(password, User(username="maria.rossi", email="mariella@example.org"))


@pytest.mark.parametrize(
    "password",
    [
        "correct horse battery",
        "314159265358",
        "sunflower1999 tractor",
        "a-very-long-" + "x" * 60,
        "parole lungă și bună",
    ],
)
def test_any_long_one_is_taken(db, password):
    sign_up(username="bo", password=password)
    assert User.objects.get().check_password(password)
