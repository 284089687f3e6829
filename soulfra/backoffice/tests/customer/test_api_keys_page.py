"""People and keys in the back office: keys are read only, but a leaked one can be revoked."""

import pytest
from django.contrib.admin.models import LogEntry

from accounts import api_keys
from accounts.models import ApiKey, User
from soulfra.backoffice.customer import account
from tokens.errors import NotPermitted
from tokens.models import StaffAct
from tokens.staff.acts import Why
from tokens.testing.office import hire, page, press, told

pytestmark = pytest.mark.django_db


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

    shown = office.get(f"/admin/accounts/apikey/{api_key.pk}/change/")
    assert shown.status_code == 200
    assert api_key.digest not in shown.content.decode()
    assert office.get("/admin/accounts/apikey/add/").status_code == 403
    assert office.post(f"/admin/accounts/apikey/{api_key.pk}/change/", {"name": "x"}).status_code == 403
    assert office.post(f"/admin/accounts/apikey/{api_key.pk}/delete/", {"post": "yes"}).status_code == 403
    assert ApiKey.objects.get().name == "CI"


def revoke_page(api_key):
    return page("accounts_apikey", "revoke", api_key.pk)


def test_a_key_is_revoked_once_and_both_the_act_and_the_log_say_who_and_why(client, alice):
    api_key, _ = api_keys.issue(alice, name="CI")
    manager = hire("manager")
    client.force_login(manager)
    shown = client.get(revoke_page(api_key)).content.decode()
    assert "alice" in shown
    assert ApiKey.objects.get().is_active
    answers = press(client, revoke_page(api_key), reason="It leaked")
    assert told(answers[0]) == [f"Key {api_key} revoked."]
    assert ApiKey.objects.get().state == "revoked"
    act = StaffAct.objects.get()
    assert (act.by, act.verb, act.user, act.reason) == (manager, "revoke a key", alice, "It leaked")
    assert act.request_id == answers[0]["X-Request-ID"]
    assert [(entry.user, entry.change_message) for entry in LogEntry.objects.all()] == [
        (manager, f"Key {api_key} revoked. Reason: It leaked")
    ]
    assert revoke_page(api_key) not in client.get(page("accounts_apikey", "change", api_key.pk)).content.decode()


def test_a_key_is_not_revoked_without_a_reason(client, alice):
    api_key, _ = api_keys.issue(alice, name="CI")
    client.force_login(hire("manager"))
    press(client, revoke_page(api_key), reason=" ")
    assert ApiKey.objects.get().is_active


@pytest.mark.parametrize("role", ["support", "finance", "auditor"])
def test_other_roles_revoke_nothing(client, alice, role):
    api_key, _ = api_keys.issue(alice, name="CI")
    member = hire(role)
    client.force_login(member)
    assert revoke_page(api_key) not in client.get(page("accounts_apikey", "change", api_key.pk)).content.decode()
    body = {"_form_submitted": "True", "form_key": "k", "reason": "x"}
    assert client.post(revoke_page(api_key), body).status_code == 403
    with pytest.raises(NotPermitted):
        account.revoke_key(api_key, why=Why(member, "x"))
    assert ApiKey.objects.get().is_active
