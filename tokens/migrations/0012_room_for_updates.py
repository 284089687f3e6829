"""Room in the pages of the rows that every spend changes. And a wallet's time, which goes only forward, is the ledger's."""

from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps
from django.utils import timezone

# Half-full pages leave room for the next version of a row beside the old one, so that its indexes need no entry.
ROOM = {"wallets": 50, "lots": 50, "usage_totals": 50}


def make(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    _set(schema_editor, ROOM)


def take_back(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    _set(schema_editor, dict.fromkeys(ROOM, 100))


def _set(schema_editor: BaseDatabaseSchemaEditor, percent: dict[str, int]) -> None:
    if schema_editor.connection.vendor == "postgresql":
        for table, full in percent.items():
            schema_editor.execute(f"ALTER TABLE {table} SET (fillfactor = {full})", params=None)


class Migration(migrations.Migration):
    dependencies = [("tokens", "0011_fill_the_totals")]
    operations = [
        migrations.RunPython(make, take_back),
        migrations.AlterField(
            model_name="wallet",
            name="updated_at",
            field=models.DateTimeField(
                default=timezone.now, help_text="When it last changed, by the clock most ahead."
            ),
        ),
    ]
