"""A key that is replaced works on for as long as was chosen, and its successor may do the same for as long."""

import re
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from accounts import api_keys, key_rotation
from accounts.errors import KeyExpired, KeyOver, KeyRevoked, TooManyKeys
from accounts.models import ApiKey
from devtools.testing.factories import PASSWORD
from tokens.models import Mail

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
PAGE = "/accounts/api-keys/"
FORM_KEY = "f" * 32


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOON, tick=False) as clock:
        yield clock


@pytest.fixture
def key(alice):
    ends = NOON + timedelta(days=90)
    return api_keys.issue(alice, name="CI", may="read spend", note="in the vault", expires_at=ends)


@pytest.fixture
def browser(client, alice):
    client.force_login(alice)
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    return client


@pytest.mark.parametrize("works_on", [key_rotation.HOUR, key_rotation.DAY, key_rotation.WEEK], ids=str)
def test_both_keys_work_until_the_chosen_moment_and_then_the_new_one(key, clock, works_on):
    old, text = key
    clock.shift(timedelta(days=30))
    new, new_text = key_rotation.rotate(old, works_on=works_on, form_key=FORM_KEY)

    assert (new.name, new.scopes, new.note, new.user_id) == (old.name, old.scopes, old.note, old.user_id)
    assert new.expires_at == NOON + timedelta(days=30 + 90)  # as long as the old one was made for
    clock.shift(works_on - timedelta(seconds=1))
    assert [api_keys.authenticate(each).key_id for each in (text, new_text)] == [old.pk, new.pk]
    clock.shift(timedelta(seconds=1))
    with pytest.raises(KeyExpired):
        api_keys.authenticate(text)
    assert api_keys.authenticate(new_text).key_id == new.pk


def test_a_key_can_be_stopped_at_once_even_where_no_more_fit(alice, key):
    for number in range(24):
        api_keys.issue(alice, name=str(number))
    old, text = key
    with pytest.raises(TooManyKeys):
        key_rotation.rotate(old, works_on=key_rotation.HOUR, form_key=FORM_KEY)
    old.refresh_from_db()
    assert (old.expires_at, old.successor) == (NOON + timedelta(days=90), None)

    _, new_text = key_rotation.rotate(old, works_on=key_rotation.NOW, form_key=FORM_KEY)
    with pytest.raises(KeyRevoked):
        api_keys.authenticate(text)
    assert api_keys.authenticate(new_text)


def test_a_key_never_lasts_longer_for_being_replaced(key, clock):
    old, _ = key
    clock.shift(timedelta(days=89, hours=23))
    key_rotation.rotate(old, works_on=key_rotation.WEEK, form_key=FORM_KEY)
    old.refresh_from_db()
    assert old.expires_at == NOON + timedelta(days=90)


def test_a_key_that_never_expires_has_a_successor_that_never_does(alice):
    old, _ = api_keys.issue(alice, name="CI")
    new, _ = key_rotation.rotate(old, works_on=key_rotation.DAY, form_key=FORM_KEY)
    old.refresh_from_db()
    assert (old.expires_at, new.expires_at) == (NOON + timedelta(days=1), None)


@pytest.mark.parametrize("works_on", [key_rotation.NOW, key_rotation.DAY], ids=str)
def test_a_form_sent_twice_makes_one_successor_and_another_form_none(key, works_on):
    old, _ = key
    first, second = (key_rotation.rotate(old, works_on=works_on, form_key=FORM_KEY) for _ in range(2))
    assert (first[0].pk, first[1]) == (second[0].pk, second[1])
    with pytest.raises(KeyOver):
        key_rotation.rotate(old, works_on=works_on, form_key="another")
    assert ApiKey.objects.count() == 2


def test_the_form_that_made_a_key_does_not_stand_for_its_successor(alice):
    old, text = api_keys.issue(alice, name="CI", form_key=FORM_KEY)
    new, new_text = key_rotation.rotate(old, works_on=key_rotation.DAY, form_key=FORM_KEY)
    assert (new.pk, new_text) != (old.pk, text)


@pytest.mark.parametrize("field", ["revoked_at", "expires_at"])
def test_a_key_that_is_over_is_not_replaced(key, clock, field):
    old, _ = key
    clock.shift(timedelta(days=1))
    ApiKey.objects.update(**{field: NOON + timedelta(hours=1)})
    with pytest.raises(KeyOver):
        key_rotation.rotate(old, works_on=key_rotation.DAY, form_key=FORM_KEY)
    assert ApiKey.objects.count() == 1


def test_the_successor_of_a_key_that_may_be_planted_may_be(alice, key):
    old, _ = key
    ApiKey.objects.update(made_unverified=True)
    new, _ = key_rotation.rotate(old, works_on=key_rotation.DAY, form_key=FORM_KEY)
    assert new in api_keys.revoke_made_unverified(alice)


def test_the_page_replaces_a_key_shows_the_new_one_once_and_tells_its_owner(browser, key):
    old, _ = key
    page = browser.get(f"{PAGE}{old.pk}/rotate/").content.decode()
    assert re.findall(r'name="works_on" value="(\w+)"', page) == ["now", "hour", "day", "week"]

    for _ in range(2):
        answer = browser.post(f"{PAGE}{old.pk}/rotate/", {"works_on": "hour", "form_key": FORM_KEY})
        assert (answer.status_code, answer["Location"]) == (303, PAGE)
    first, second = (browser.get(PAGE).content.decode() for _ in range(2))

    new = ApiKey.objects.get(predecessor=old)
    shown = re.search(r'id="new-key">(tk_\S+?)<', first)
    assert shown
    assert api_keys.authenticate(shown[1]).key_id == new.pk
    assert 'id="new-key"' not in second
    assert (second.count("in the vault"), second.count(">Replaced<"), second.count("/rotate/")) == (2, 1, 1)
    told = Mail.objects.get(kind="security_notice").subject
    assert told == f"An API key of your account, {old.prefix}…, was replaced by {new.prefix}…"


def test_the_page_refuses_in_a_sentence_and_nobody_elses_key_is_there(browser, bob, key):
    old, _ = key
    other, _ = api_keys.issue(bob, name="his")
    assert browser.post(f"{PAGE}{other.pk}/rotate/", {"works_on": "now", "form_key": FORM_KEY}).status_code == 404
    assert "Select a valid choice" in browser.post(f"{PAGE}{old.pk}/rotate/", {"works_on": "year"}).content.decode()
    api_keys.revoke(old)
    refused = browser.post(f"{PAGE}{old.pk}/rotate/", {"works_on": "now", "form_key": FORM_KEY})
    assert "has expired, or was revoked or replaced" in refused.content.decode()
    assert ApiKey.objects.count() == 2


def test_a_thief_of_a_session_replaces_no_key(client, alice, key):
    client.force_login(alice)
    answer = client.post(f"{PAGE}{key[0].pk}/rotate/", {"works_on": "now", "form_key": FORM_KEY})
    assert (answer.status_code, ApiKey.objects.count()) == (302, 1)
    assert "/reauthenticate/" in answer["Location"]
