"""How long a wrong password takes says nothing of who has an account: each is looked at once, known or not."""

import pytest
from django.contrib.auth import authenticate
from django.contrib.auth.hashers import MD5PasswordHasher

from accounts.models import User
from devtools.testing.factories import PASSWORD, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def looks(monkeypatch):
    """How many passwords were hashed."""
    counted, encode = [], MD5PasswordHasher.encode

    def count(self, password, salt):
        counted.append(1)
        return encode(self, password, salt)

    monkeypatch.setattr(MD5PasswordHasher, "encode", count)
    return counted


@pytest.mark.parametrize("name", ["alice", "alice@example.com", "ALICE@example.com", "nobody", "nobody@example.com"])
def test_a_wrong_password_is_looked_at_once(alice, rf, looks, name):
    kind = "email" if "@" in name else "username"
    assert authenticate(rf.post("/"), **{kind: name, "password": "wrong"}) is None
    assert len(looks) == 1


@pytest.mark.parametrize("name", ["alice", "Alice", "alice@example.com", "ALICE@example.com"])
def test_the_right_one_signs_in_by_address_and_by_username(alice, rf, name):
    kind = "email" if "@" in name else "username"
    assert authenticate(rf.post("/"), **{kind: name, "password": PASSWORD}) == alice


def test_an_inactive_account_is_not_signed_in(rf):
    UserFactory.create(username="gone", is_active=False)
    assert authenticate(rf.post("/"), username="gone", password=PASSWORD) is None


def test_permissions_of_roles_are_still_asked_of_the_database(staff):
    User.objects.filter(pk=staff.pk).update(is_superuser=False)
    staff.refresh_from_db()
    assert not staff.has_perm("tokens.view_purchase")
