"""What staff change of a customer's way in is told to the customer, at the address of before."""

import pytest

from accounts import api_keys
from tokens.models import Mail
from tokens.testing.office import page, press

pytestmark = pytest.mark.django_db

PERSON = "accounts_user"
NEW = {"password1": "a-much-better-passphrase-47", "password2": "a-much-better-passphrase-47"}
JOINED = {"date_joined_0": "2026-01-01", "date_joined_1": "00:00:00"}


@pytest.fixture
def office(client, staff):
    client.force_login(staff)
    return client


def notices(user):
    return list(Mail.objects.filter(user=user, kind="security_notice").values_list("subject", "address"))


def test_another_address(office, alice):
    form = {"username": "alice", "email": "new@example.com", "is_active": "on", **JOINED}
    for _ in range(2):
        office.post(page(PERSON, "change", alice.pk), form)
    changed = "Your email address was changed from alice@example.com to new@example.com"
    assert notices(alice) == [(changed, "alice@example.com")]


def test_another_password(office, alice):
    office.post(f"/admin/accounts/user/{alice.pk}/password/", {**NEW, "password2": "typo", "usable_password": "true"})
    assert notices(alice) == []
    office.post(f"/admin/accounts/user/{alice.pk}/password/", {**NEW, "usable_password": "true"})
    assert notices(alice) == [("Your password was changed", "alice@example.com")]


def test_a_revoked_key(office, alice):
    key, _ = api_keys.issue(alice, name="CI")
    press(office, page("accounts_apikey", "revoke", key.pk))
    assert notices(alice) == [(f"An API key of your account was revoked: {key.prefix}…", "alice@example.com")]
