"""Every role sees the closed hours, as it sees the other tables of the shop."""

from importlib import import_module

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

roles = import_module("accounts.migrations.0003_roles")


def show(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    roles._make_permissions(apps)
    permission, group = apps.get_model("auth", "Permission"), apps.get_model("auth", "Group")
    seen = permission.objects.filter(codename__in=["view_hourlytotal", "view_hourclosing"])
    for role in group.objects.filter(name__in=roles.ROLES):
        role.permissions.add(*seen)


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0004_lists_by_index"),
        ("tokens", "0009_hourly_totals"),
        ("memberships", "0002_ship_the_plans"),
        ("brands", "0004_lists_by_index"),
    ]
    operations = [migrations.RunPython(show, migrations.RunPython.noop, elidable=False)]
