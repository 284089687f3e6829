"""A key's life: made once, kept as a digest, ended by revoking or by the clock."""

import hashlib
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import IntegrityError
from django.test import override_settings

from accounts import api_keys
from accounts.errors import KeyExpired, KeyRevoked, KeyUnknown, OwnerInactive
from accounts.models import ApiKey
from accounts.personal_data import forget_sign_in

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def test_only_the_digest_of_a_key_is_in_the_database(alice):
    api_key, text = api_keys.issue(alice, name="CI")

    row = ApiKey.objects.filter(pk=api_key.pk).values().get()
    assert row["digest"] == hashlib.sha256(text.encode()).hexdigest()
    assert row["prefix"] == text[:12]
    assert not [value for value in row.values() if text[12:] in str(value)]


def test_a_key_says_whether_it_pays_with_play_money(alice):
    with override_settings(STRIPE_SANDBOX=True):
        assert api_keys.issue(alice, name="CI")[1].startswith("tk_test_")
    with override_settings(STRIPE_SANDBOX=False):
        assert api_keys.issue(alice, name="CI")[1].startswith("tk_live_")


def test_a_key_holds_32_random_bytes_and_no_two_are_alike(alice):
    texts = {api_keys.issue(alice, name="CI")[1] for _ in range(20)}

    assert len(texts) == 20
    assert {len(text) for text in texts} == {len("tk_test_") + 43}


def test_the_same_form_twice_gives_the_same_key(alice):
    first, first_text = api_keys.issue(alice, name="CI", form_key="a-form-key-from-our-page")
    second, second_text = api_keys.issue(alice, name="CI", form_key="a-form-key-from-our-page")

    assert (second.pk, second_text) == (first.pk, first_text)
    assert ApiKey.objects.count() == 1


def test_a_form_key_of_another_user_or_another_secret_gives_another_key(alice, bob):
    _, of_alice = api_keys.issue(alice, name="CI", form_key="form")
    _, of_bob = api_keys.issue(bob, name="CI", form_key="form")
    with override_settings(SECRET_KEY="another"):
        _, elsewhere = api_keys.issue(alice, name="CI", form_key="form")

    assert len({of_alice, of_bob, elsewhere}) == 3


def test_authenticate_finds_the_key_and_its_owner_in_one_statement(alice, django_assert_num_queries):
    made, text = api_keys.issue(alice, name="CI")

    with django_assert_num_queries(1):
        signature = api_keys.authenticate(text)
    assert (signature.key_id, signature.user, signature.is_note_due) == (made.pk, alice, True)


def test_a_key_that_does_not_exist_is_unknown(alice):
    with pytest.raises(KeyUnknown):
        api_keys.authenticate("tk_test_nobody")


def test_an_expired_key_is_refused_from_the_second_it_ends(alice):
    with time_machine.travel(NOON, tick=False) as clock:
        _, text = api_keys.issue(alice, name="CI", expires_at=NOON + timedelta(hours=1))
        clock.shift(timedelta(minutes=59, seconds=59))
        assert api_keys.authenticate(text).user == alice

        clock.shift(timedelta(seconds=1))
        with pytest.raises(KeyExpired):
            api_keys.authenticate(text)


def test_a_key_cannot_end_before_it_begins(alice):
    with pytest.raises(IntegrityError):
        api_keys.issue(alice, name="CI", expires_at=NOON - timedelta(days=365 * 10))


def test_a_revoked_key_is_refused_and_revoking_twice_keeps_the_first_date(alice):
    with time_machine.travel(NOON, tick=False) as clock:
        api_key, text = api_keys.issue(alice, name="CI")
        api_keys.revoke(api_key)
        clock.shift(timedelta(days=1))
        api_keys.revoke(api_key)

        assert api_key.revoked_at == NOON
        with pytest.raises(KeyRevoked):
            api_keys.authenticate(text)


def test_the_key_of_an_inactive_user_is_refused(alice):
    _, text = api_keys.issue(alice, name="CI")
    alice.is_active = False
    alice.save(update_fields=["is_active"])

    with pytest.raises(OwnerInactive):
        api_keys.authenticate(text)


def test_who_is_forgotten_leaves_no_note_and_no_address_on_a_key(alice):
    key, _ = api_keys.issue(alice, name="CI", note="ask Alice")
    api_keys.note_use(key.pk, "203.0.113.7")
    key.refresh_from_db()
    assert (key.note, key.last_used_from) == ("ask Alice", "203.0.113.7")

    forget_sign_in(alice, "anonymous-1")

    key.refresh_from_db()
    assert (key.name, key.note, key.last_used_from, key.state) == ("", "", None, "revoked")
