"""Note what the roles were granted by migrations, so that it is not granted again where an owner took it away."""

from importlib import import_module

from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

ROLES = import_module("accounts.migrations.0003_roles").ROLES
SEEN = {
    "accounts": "apikey user",
    "brands": "analysis brand category csvimport export",
    "memberships": "gift invoice membership plan planprice subscription",
    "tokens": "actioncost dispute grant grantbatch hourclosing hourlytotal idempotencykey ledgerentry lot mail mutedmail "
    "purchase purchasetotal reconciliation refund refundrequest reversal staffact staffnote stripecustomer stripeevent "
    "tokenpackage tokenusage usagetotal wallet",
}


def note(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    grant = apps.get_model("backoffice", "RoleGrant")
    seen = [f"{label}.view_{model}" for label, models_ in SEEN.items() for model in models_.split()]
    grant.objects.bulk_create(
        grant(role=role, permission=name) for role, allowed in ROLES.items() for name in sorted({*seen, *allowed})
    )


class Migration(migrations.Migration):
    initial = True
    dependencies = [("accounts", "0006_roles_see_totals")]
    operations = [
        migrations.CreateModel(
            name="RoleGrant",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("role", models.CharField(max_length=150)),
                ("permission", models.CharField(help_text="“app.codename”.", max_length=255)),
            ],
            options={
                "db_table": "role_grants",
                "constraints": [models.UniqueConstraint(fields=("role", "permission"), name="role_grants_once")],
            },
        ),
        migrations.RunPython(note, migrations.RunPython.noop, elidable=False),
    ]
