"""Roles are granted what is new after `migrate`, once; what an owner took away is never given back."""

import pytest
from django.apps import apps
from django.contrib.auth.models import Group, Permission
from django.core.management import call_command

from soulfra.backoffice.models import RoleGrant
from soulfra.backoffice.roles import ROLES, SEEN, after_all_migrations, grant_what_is_new

pytestmark = pytest.mark.django_db


def allowed(role):
    rows = Group.objects.get(name=role).permissions.values_list("content_type__app_label", "codename")
    return {f"{label}.{codename}" for label, codename in rows}


def permission(name):
    label, codename = name.split(".")
    return Permission.objects.get(content_type__app_label=label, codename=codename)


@pytest.mark.parametrize("role", ROLES)
def test_a_new_shop_has_each_role_with_its_verbs_and_sees_every_row(role):
    seen = {
        f"{label}.view_{model._meta.model_name}" for label in SEEN for model in apps.get_app_config(label).get_models()
    }
    assert allowed(role) == seen | ROLES[role]


def test_what_is_new_is_granted_by_the_next_migrate():
    new = permission("tokens.view_wallet")
    Group.objects.get(name="auditor").permissions.remove(new)
    RoleGrant.objects.filter(role="auditor", permission="tokens.view_wallet").delete()  # as if the model were new
    call_command("migrate", verbosity=0)
    assert "tokens.view_wallet" in allowed("auditor")


def test_what_an_owner_took_away_stays_away_however_often_it_runs():
    group = Group.objects.get(name="support")
    group.permissions.remove(permission("tokens.grant_tokens"), permission("tokens.view_wallet"))
    group.permissions.add(permission("tokens.refund_purchase"))
    before = allowed("support")
    for _ in range(2):
        call_command("migrate", verbosity=0)
    assert allowed("support") == before


def test_a_role_that_was_deleted_stays_deleted():
    Group.objects.get(name="auditor").delete()
    RoleGrant.objects.filter(role="auditor", permission="tokens.see_reports").delete()
    grant_what_is_new()
    grant_what_is_new()
    assert not Group.objects.filter(name="auditor").exists()


def test_it_runs_once_after_the_last_app():
    RoleGrant.objects.all().delete()
    after_all_migrations(sender=apps.get_app_config("accounts"), using="default")
    assert not RoleGrant.objects.exists()
    after_all_migrations(sender=apps.get_app_config("tokens"), using="default")
    assert RoleGrant.objects.exists()
