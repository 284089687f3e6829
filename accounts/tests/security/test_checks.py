"""A shop whose settings would let accounts be taken over does not start."""

import pytest
from cryptography.fernet import Fernet

from accounts.checks import LIMITS, keys_of_factors, limits_of_sessions, verification


def ids(check):
    return [found.id for found in check(None)]


@pytest.mark.parametrize("keys", [[], ["change-me"], [Fernet.generate_key().decode(), ""]])
def test_two_factor_secrets_need_keys_that_are_keys(settings, keys):
    settings.MFA_ENCRYPTION_KEYS = keys
    assert ids(keys_of_factors) == ["accounts.E001"]


def test_keys_that_are_rotated_are_fine_and_development_needs_none(settings):
    settings.MFA_ENCRYPTION_KEYS = [Fernet.generate_key().decode() for _ in range(2)]
    assert ids(keys_of_factors) == []
    settings.DEBUG, settings.MFA_ENCRYPTION_KEYS = True, []
    assert ids(keys_of_factors) == []


@pytest.mark.parametrize("value", ["optional", "none"])
def test_addresses_are_confirmed_wherever_real_people_are(settings, value):
    assert ids(verification) == []
    settings.ACCOUNT_EMAIL_VERIFICATION = value
    assert ids(verification) == ["accounts.E002"]
    settings.DEBUG = True
    assert ids(verification) == []


@pytest.mark.parametrize("name", LIMITS)
def test_a_session_lasts_at_all(settings, name):
    assert ids(limits_of_sessions) == []
    setattr(settings, name, 0)
    assert len(ids(limits_of_sessions)) == 1
