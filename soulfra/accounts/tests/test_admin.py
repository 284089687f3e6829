"""People and keys in the back office: keys are read only, but a leaked one can be revoked."""

import pytest
from django.contrib.admin.models import LogEntry

from soulfra.accounts import api_keys
from soulfra.accounts.models import ApiKey, User


@pytest.fixture
def office(client, staff):
    client.force_login(staff)
    return client


@pytest.mark.parametrize("path", ["user/", "user/add/", "apikey/"])
def test_the_pages_open(office, alice, path):
    api_keys.issue(alice, name="CI")

    assert office.get(f"/admin/accounts/{path}").status_code == 200


def test_the_page_of_a_user_and_of_groups_open(office, alice):
    assert office.get(f"/admin/accounts/user/{alice.pk}/change/").status_code == 200
    assert office.get("/admin/auth/group/").status_code == 200


def test_a_user_can_be_added(office):
    password = {"password1": "a-long-walk-9", "password2": "a-long-walk-9", "usable_password": "true"}
    office.post("/admin/accounts/user/add/", {"username": "carol", **password})

    assert User.objects.get(username="carol").check_password("a-long-walk-9")


def test_a_key_is_neither_made_nor_changed_nor_deleted_there(office, alice):
    api_key, _ = api_keys.issue(alice, name="CI")

    page = office.get(f"/admin/accounts/apikey/{api_key.pk}/change/")
    assert page.status_code == 200
    assert api_key.digest not in page.content.decode()
    assert office.get("/admin/accounts/apikey/add/").status_code == 403
    assert office.post(f"/admin/accounts/apikey/{api_key.pk}/change/", {"name": "x"}).status_code == 403
    assert office.post(f"/admin/accounts/apikey/{api_key.pk}/delete/", {"post": "yes"}).status_code == 403
    assert ApiKey.objects.get().name == "CI"


def test_revoking_asks_first_acts_once_and_names_the_member_of_staff(office, staff, alice):
    api_key, _ = api_keys.issue(alice, name="CI")
    path = f"/admin/accounts/apikey/{api_key.pk}/revoke/"
    office.get(path, follow=True)
    assert ApiKey.objects.get().is_active

    for _ in range(2):
        office.post(path, {"_form_submitted": "True"}, follow=True)

    assert ApiKey.objects.get().state == "revoked"
    assert [(entry.user, entry.change_message) for entry in LogEntry.objects.all()] == [(staff, "Revoked.")]


def test_staff_without_the_permission_cannot_revoke(office, staff, alice):
    staff.is_superuser = False
    staff.save(update_fields=["is_superuser"])
    api_key, _ = api_keys.issue(alice, name="CI")

    answer = office.post(f"/admin/accounts/apikey/{api_key.pk}/revoke/", {"_form_submitted": "True"}, follow=True)

    assert answer.status_code == 403
    assert ApiKey.objects.get().is_active
