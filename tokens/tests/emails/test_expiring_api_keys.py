"""Owners are told of an API key that expires: two weeks before, once."""

from datetime import UTC, datetime, timedelta
from importlib import import_module

import pytest
import time_machine
from django.apps import apps

from accounts import api_keys, key_rotation
from accounts.models import ApiKey
from tokens.emails.api_keys import warn_of_expiring
from tokens.models import Mail
from tokens.sweep import sweeps

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOON, tick=False) as clock:
        yield clock


def test_the_owner_is_told_once_two_weeks_before(alice, clock):
    key, text = api_keys.issue(alice, name="CI", expires_at=NOON + timedelta(days=365))
    clock.shift(timedelta(days=350, hours=23))
    assert warn_of_expiring() == 0
    clock.shift(timedelta(hours=1))
    step = sweeps.functions["customers told of expiring API keys"]
    assert [step(), step()] == [1, 0]
    clock.shift(timedelta(days=13))
    assert step() == 0

    email = Mail.objects.get()
    assert (email.user_id, email.subject) == (alice.pk, f"Your API key {key.prefix}… expires on Nov 22, 2027")
    assert "/accounts/api-keys/" in email.text
    assert "/accounts/api-keys/" in email.html
    assert text not in email.text + email.html


@pytest.mark.parametrize(
    "ended",
    [
        lambda key: api_keys.revoke(key),
        lambda key: key_rotation.rotate(key, works_on=key_rotation.WEEK, form_key="f" * 32),
        lambda key: type(key.user).objects.update(is_active=False),
    ],
    ids=["revoked", "replaced", "owner inactive"],
)
def test_nobody_is_told_of_a_key_that_is_over_already(alice, clock, ended):
    key, _ = api_keys.issue(alice, name="CI", expires_at=NOON + timedelta(days=30))
    ended(key)
    ApiKey.objects.exclude(pk=key.pk).update(warn_at=None)  # a successor expires in its own time
    clock.shift(timedelta(days=16))
    assert warn_of_expiring() == 0


@pytest.mark.parametrize("lifetime", [None, timedelta(hours=1), timedelta(days=14)], ids=str)
def test_nobody_is_told_what_they_were_when_they_made_the_key(alice, lifetime):
    key, _ = api_keys.issue(alice, name="CI", expires_at=NOON + lifetime if lifetime else None)
    assert (ApiKey.objects.get(pk=key.pk).warn_at, warn_of_expiring()) == (None, 0)


def test_two_sweeps_at_once_tell_one(alice, clock, monkeypatch):
    api_keys.issue(alice, name="CI", expires_at=NOON + timedelta(days=30))
    clock.shift(timedelta(days=17))
    seen = list(ApiKey.objects.all())  # by both, before either tells
    monkeypatch.setattr("tokens.emails.api_keys.in_turn", lambda what, keys, act: sum(act(key) for key in seen))
    assert [warn_of_expiring(), warn_of_expiring()] == [1, 0]


def test_keys_from_before_this_was_told_are_told_of_too(alice, clock):
    lifetimes = [timedelta(days=14), timedelta(days=30), timedelta(days=365), None]
    keys = [api_keys.issue(alice, name="CI", expires_at=NOON + each if each else None)[0] for each in lifetimes]
    api_keys.revoke(api_keys.issue(alice, name="CI", expires_at=NOON + timedelta(days=30))[0])
    ApiKey.objects.update(warn_at=None)
    clock.shift(timedelta(days=5))

    import_module("accounts.migrations.0018_warn_of_keys_there_are").warn_of_those_there_are(apps, None)

    told = dict(ApiKey.objects.exclude(warn_at=None).values_list("pk", "warn_at"))
    assert told == {keys[1].pk: NOON + timedelta(days=16), keys[2].pk: NOON + timedelta(days=351)}
