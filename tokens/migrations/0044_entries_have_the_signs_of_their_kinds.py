"""The entries that are there have the signs of their kinds: PostgreSQL looks, while they are read and written."""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps


def validate(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("ALTER TABLE ledger_entries VALIDATE CONSTRAINT entry_has_its_sign", params=None)


class Migration(migrations.Migration):
    dependencies = [("tokens", "0043_take_spends_back")]
    operations = [migrations.RunPython(validate, migrations.RunPython.noop)]
