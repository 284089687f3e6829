"""The roles of the back office, as groups. Whoever runs the shop may change them; this never changes them back."""

from django.contrib.auth.management import create_permissions
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps
from django.db.models import Q

SHOP = ("accounts", "tokens", "memberships", "brands")

SUPPORT = [
    "tokens.grant_tokens",
    "tokens.replay_event",
    "tokens.release_hold",
    "tokens.change_mail",
    "tokens.add_staffnote",
    "accounts.reset_password",
]
FINANCE = [
    "tokens.refund_purchase",
    "tokens.refund_beyond_offer",
    "tokens.deduct_tokens",
    "tokens.freeze_tokens",
    "tokens.see_reports",
    "tokens.add_staffnote",
    "memberships.change_subscription",
]
MANAGER = [
    "tokens.approve_refund",
    "tokens.grant_tokens",
    "tokens.grant_any_tokens",
    "tokens.freeze_tokens",
    "tokens.see_reports",
    "tokens.add_staffnote",
    "tokens.add_tokenpackage",
    "tokens.change_tokenpackage",
    "tokens.add_actioncost",
    "tokens.change_actioncost",
    "memberships.add_plan",
    "memberships.change_plan",
    "memberships.add_gift",
    "memberships.change_gift",
    "brands.change_brand",
    "brands.add_category",
    "brands.change_category",
    "accounts.change_apikey",
    "accounts.export_person",
    "accounts.anonymise_person",
]
AUDITOR = ["tokens.see_reports", "admin.view_logentry"]
ROLES = {"support": SUPPORT, "finance": FINANCE, "manager": MANAGER, "auditor": AUDITOR}


def make_roles(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    _make_permissions(apps)
    permission, group = apps.get_model("auth", "Permission"), apps.get_model("auth", "Group")
    sees = Q(content_type__app_label__in=SHOP, codename__startswith="view_")
    for name, allowed in ROLES.items():
        role, is_new = group.objects.get_or_create(name=name)
        if is_new:
            wanted = sees
            for label, codename in (one.split(".") for one in allowed):
                wanted |= Q(content_type__app_label=label, codename=codename)
            role.permissions.set(permission.objects.filter(wanted))


def _make_permissions(apps: StateApps) -> None:
    """Django makes permissions after all migrations, which is too late for this one."""
    for label in (*SHOP, "admin"):
        config = apps.get_app_config(label)
        config.models_module = True  # type: ignore[assignment]  # or it would be taken for an app without models
        create_permissions(config, apps=apps, verbosity=0, using="default")
        config.models_module = None


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0002_customers"),
        ("admin", "0003_logentry_add_action_flag_choices"),
        ("tokens", "0008_what_staff_do"),
        ("memberships", "0002_ship_the_plans"),
        ("brands", "0002_ship_the_categories"),
    ]
    operations = [migrations.RunPython(make_roles, migrations.RunPython.noop, elidable=False)]
