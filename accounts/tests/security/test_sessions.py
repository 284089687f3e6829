"""Who is signed in where: each session says when it was last used, and its user ends one of them or all others."""

import pytest
from allauth.usersessions.models import UserSession
from django.core.cache import cache
from django.test import Client

from devtools.testing.factories import PASSWORD

pytestmark = pytest.mark.django_db

PAGE, MINE = "/accounts/sessions/", "/tokens/purchases"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:150.0) Gecko/20100101 Firefox/150.0"


@pytest.fixture(autouse=True)
def fresh_limits():
    cache.clear()


def signed_in(user, agent="curl/8", confirmed=False):
    browser = Client(HTTP_USER_AGENT=agent)
    browser.post("/accounts/login/", {"login": user.username, "password": PASSWORD})
    if confirmed:
        browser.post("/accounts/reauthenticate/", {"password": PASSWORD})
    return browser


def end_of(browser):
    row = UserSession.objects.get(session_key=browser.session.session_key)
    return f"/accounts/sessions/{row.pk}/end/"


def test_a_session_says_when_it_was_last_used_to_the_hour(alice, time_machine):
    time_machine.move_to("2026-11-22 12:00Z", tick=False)
    phone, desk = signed_in(alice, FIREFOX), signed_in(alice)
    time_machine.move_to("2026-11-22 12:59Z", tick=False)
    phone.get("/tokens/")
    assert UserSession.objects.get(user_agent=FIREFOX).last_seen_at.isoformat() == "2026-11-22T12:00:00+00:00"
    time_machine.move_to("2026-11-22 15:30Z", tick=False)
    phone.get("/tokens/")
    assert UserSession.objects.get(user_agent=FIREFOX).last_seen_at.isoformat() == "2026-11-22T15:30:00+00:00"
    page = desk.get(PAGE).content.decode()
    assert "Firefox on Linux" in page
    assert "2026-11-22T15:30:00+00:00" in page
    assert UserSession.objects.get(user_agent="curl/8").last_seen_at.isoformat() == "2026-11-22T15:30:00+00:00"


def test_one_session_is_signed_out_and_no_other(alice):
    here, there, third = signed_in(alice, confirmed=True), signed_in(alice, FIREFOX), signed_in(alice)
    answer = here.post(end_of(there))
    assert (answer.status_code, answer["Location"]) == (303, PAGE)
    assert "That session is signed out." in here.get(PAGE).content.decode()
    assert [browser.get(MINE).status_code for browser in (here, there, third)] == [200, 302, 200]


def test_one_that_is_over_is_signed_out_again_without_a_fault(alice):
    here, there = signed_in(alice, confirmed=True), signed_in(alice)
    address = end_of(there)
    assert [here.post(address).status_code for _ in range(2)] == [303, 303]


def test_a_session_alone_ends_no_other(alice):
    here, there = signed_in(alice), signed_in(alice)
    answer = here.post(end_of(there))
    assert answer["Location"].startswith("/accounts/reauthenticate/")
    assert there.get(MINE).status_code == 200


def test_once_access_is_confirmed_what_was_asked_is_done(alice):
    here, there = signed_in(alice), signed_in(alice)
    asked = here.post(end_of(there))
    here.post(asked["Location"], {"password": PASSWORD})
    assert there.get(MINE).status_code == 302


def test_nobody_ends_anothers_session(alice, bob):
    here, theirs = signed_in(alice, confirmed=True), signed_in(bob)
    assert here.post(end_of(theirs)).status_code == 303
    assert theirs.get(MINE).status_code == 200


def test_this_session_is_ended_by_signing_out(alice):
    here = signed_in(alice, confirmed=True)
    assert "/end/" not in here.get(PAGE).content.decode()
    assert here.post(end_of(here))["Location"] == "/accounts/logout/"
    assert here.get(end_of(here))["Location"] == PAGE
