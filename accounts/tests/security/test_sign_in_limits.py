"""Guessing is limited for whoever guesses, and keeps nobody else out."""

import re

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from devtools.testing.factories import PASSWORD, UserFactory
from tokens.testing.races import at_once

pytestmark = pytest.mark.django_db
LOGIN, RESET, SIGN_UP = (reverse(f"account_{name}") for name in ("login", "reset_password", "signup"))
ATTACKER = "203.0.113.66"


@pytest.fixture(autouse=True)
def behind_a_proxy(settings):
    settings.NUM_PROXIES = 1


def post(address, path, **form):
    """The status of a form sent from this address, with a hop before it that the client made up."""
    hops = f"6.6.6.6, {address}"
    return Client(HTTP_X_FORWARDED_FOR=hops, REMOTE_ADDR="10.0.0.1").post(path, form)


def signs_in(address, name, password=PASSWORD):
    return post(address, LOGIN, login=name, password=password).status_code == 302


def test_160_sign_ins_from_one_client_keep_none_of_24_others_out(db):
    people = UserFactory.create_batch(24)

    tries = [post(ATTACKER, LOGIN, login=people[n % 24].username, password="wrong") for n in range(160)]
    assert {answer.status_code for answer in tries[:5]} == {200}
    assert {answer.status_code for answer in tries[40:]} == {429}
    assert tries[-1]["Retry-After"] == "60"

    assert all(signs_in(f"198.51.100.{number}", person.username) for number, person in enumerate(people))


def test_who_is_guessed_at_from_one_address_signs_in_from_another(alice):
    assert not any(signs_in(ATTACKER, "alice", f"wrong {n}") for n in range(5))
    assert not signs_in(ATTACKER, "alice")
    assert signs_in("198.51.100.1", "alice")


@pytest.fixture
def twelve_an_hour(settings):
    """By name, in all places; it is 150 in the shop, and one client by IPv4 and IPv6 gets no further than 120."""
    assert settings.ACCOUNT_RATE_LIMITS["login_failed_by_name"] == "150/h/key"
    settings.ACCOUNT_RATE_LIMITS = {**settings.ACCOUNT_RATE_LIMITS, "login_failed_by_name": "12/h/key"}


def test_a_name_is_guessed_at_from_all_addresses_together_no_more_often_than_this(twelve_an_hour, alice):
    assert not any(signs_in(f"203.0.113.{n}", "alice", "wrong") for n in range(12))
    assert not signs_in("198.51.100.1", "ALICE")


def test_right_passwords_are_given_back(twelve_an_hour, alice):
    assert all(signs_in(f"198.51.100.{n}", "alice") for n in range(13))


def test_who_resets_the_password_signs_in_with_it_after_whatever_guessing(twelve_an_hour, alice):
    assert not any(signs_in(f"203.0.113.{n}", alice.email, "wrong") for n in range(12))
    assert not signs_in("198.51.100.1", alice.email)
    assert post("198.51.100.1", RESET, email=alice.email).status_code == 302
    (address,) = re.findall(r"/accounts/password/reset/key/\S+", str(mail.outbox[-1].body))

    browser = Client(HTTP_X_FORWARDED_FOR="198.51.100.1")
    form = browser.get(address)["Location"]
    changed = browser.post(form, {"password1": "a new one, quite long", "password2": "a new one, quite long"})
    assert changed.status_code == 302
    assert signs_in("198.51.100.1", alice.email, "a new one, quite long")


def test_one_network_of_ipv6_is_one_client(alice):
    assert not any(signs_in(f"2001:db8:1:2::{n}", "alice", "wrong") for n in range(5))
    assert not signs_in("2001:db8:1:2:ffff::1", "alice")
    assert signs_in("2001:db8:1:3::1", "alice")


def test_clients_of_a_socket_for_both_kinds_of_address_are_not_one_network(alice, bob):
    assert not any(signs_in("::ffff:203.0.113.66", "alice", "wrong") for n in range(5))
    assert signs_in("::ffff:198.51.100.1", "alice")


def test_without_a_forwarded_address_an_invented_one_gives_no_more_tries(settings, alice):
    settings.NUM_PROXIES = 2
    hops = [f"203.0.113.{n}" for n in range(5)]  # one hop where two belong: the connection's own address counts
    assert not any(
        Client(HTTP_X_FORWARDED_FOR=hop).post(LOGIN, {"login": "alice", "password": "wrong"}).status_code == 302
        for hop in hops
    )
    refused = Client(HTTP_X_FORWARDED_FOR="203.0.113.9").post(LOGIN, {"login": "alice", "password": PASSWORD})
    assert refused.context["form"].non_field_errors() == [
        "Too many failed attempts. Try again in a few minutes, or reset your password."
    ]


def test_resets_by_one_client_are_limited_and_keep_no_one_else_from_theirs(alice, bob):
    asked = [post(ATTACKER, RESET, email=f"nobody{n}@example.com").status_code for n in range(25)]
    assert asked == [302] * 20 + [429] * 5
    mail.outbox.clear()
    assert post("198.51.100.1", RESET, email=bob.email).status_code == 302
    assert [message.to for message in mail.outbox] == [[bob.email]]


def test_one_address_is_sent_five_resets_in_a_quarter_of_an_hour_whoever_asks(alice):
    asked = [post(f"203.0.113.{n}", RESET, email=alice.email.upper()).status_code for n in range(7)]
    assert (asked, len(mail.outbox)) == ([302] * 5 + [429] * 2, 5)


def test_sign_ups_by_one_client_are_limited_and_keep_no_one_else_from_theirs(db):
    def sign_up(address, name):
        form = {"username": name, "email": f"{name}@example.com", "password1": PASSWORD, "password2": PASSWORD}
        return post(address, SIGN_UP, **form).status_code

    assert [sign_up(ATTACKER, f"robot{n}") for n in range(22)] == [302] * 20 + [429] * 2
    assert sign_up("198.51.100.1", "zelda") == 302


def test_the_refusal_is_a_page_of_the_shop(db):
    answer = [post(ATTACKER, LOGIN, login="nobody", password="wrong") for _ in range(31)][-1]
    assert answer.status_code == 429
    assert "Too many requests. Try again in a few minutes." in answer.content.decode()
    assert "<style" in answer.content.decode() or "stylesheet" in answer.content.decode()


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_of_many_guesses_at_once_no_more_than_five_are_looked_at(alice):
    answers = at_once(lambda n: post(ATTACKER, LOGIN, login="alice", password="wrong"), times=12)
    assert 1 <= sum(b"Wrong username or password." in answer.content for answer in answers) <= 5
