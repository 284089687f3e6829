"""The database itself refuses to change or delete a ledger entry.

A later migration that rebuilds ledger_entries on SQLite must make the triggers again: they go with the old table.
"""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

SAYS = "ledger entries are append-only"

POSTGRESQL = [
    f"""CREATE FUNCTION refuse_change_of_entries() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION '{SAYS}' USING ERRCODE = 'integrity_constraint_violation'; END $$""",
    """CREATE TRIGGER ledger_entries_append_only BEFORE UPDATE OR DELETE ON ledger_entries
    FOR EACH ROW EXECUTE FUNCTION refuse_change_of_entries()""",
]
SQLITE = [
    f"""CREATE TRIGGER ledger_entries_refuse_{what.lower()} BEFORE {what} ON ledger_entries
    BEGIN SELECT RAISE(ABORT, '{SAYS}'); END"""
    for what in ("UPDATE", "DELETE")
]
UNDO_POSTGRESQL = [
    "DROP TRIGGER ledger_entries_append_only ON ledger_entries",
    "DROP FUNCTION refuse_change_of_entries()",
]
UNDO_SQLITE = ["DROP TRIGGER ledger_entries_refuse_update", "DROP TRIGGER ledger_entries_refuse_delete"]


def guard(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    _run(schema_editor, {"postgresql": POSTGRESQL, "sqlite": SQLITE})


def unguard(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    _run(schema_editor, {"postgresql": UNDO_POSTGRESQL, "sqlite": UNDO_SQLITE})


def _run(schema_editor: BaseDatabaseSchemaEditor, sql_by_vendor: dict[str, list[str]]) -> None:
    for statement in sql_by_vendor.get(schema_editor.connection.vendor, []):
        schema_editor.execute(statement, params=None)


class Migration(migrations.Migration):
    dependencies = [("tokens", "0002_ship_the_catalogue")]
    operations = [migrations.RunPython(guard, unguard)]
