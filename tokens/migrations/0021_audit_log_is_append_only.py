"""The database itself refuses to change or delete a row of the audit log.

A later migration that rebuilds staff_acts on SQLite must make the triggers again: they go with the old table.
"""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

SAYS = "the audit log is append-only"

POSTGRESQL = [
    f"""CREATE FUNCTION refuse_change_of_acts() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION '{SAYS}' USING ERRCODE = 'integrity_constraint_violation'; END $$""",
    """CREATE TRIGGER staff_acts_append_only BEFORE UPDATE OR DELETE ON staff_acts
    FOR EACH ROW EXECUTE FUNCTION refuse_change_of_acts()""",
]
SQLITE = [
    f"""CREATE TRIGGER staff_acts_refuse_{what.lower()} BEFORE {what} ON staff_acts
    BEGIN SELECT RAISE(ABORT, '{SAYS}'); END"""
    for what in ("UPDATE", "DELETE")
]
UNDO_POSTGRESQL = ["DROP TRIGGER staff_acts_append_only ON staff_acts", "DROP FUNCTION refuse_change_of_acts()"]
UNDO_SQLITE = ["DROP TRIGGER staff_acts_refuse_update", "DROP TRIGGER staff_acts_refuse_delete"]


def guard(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    _run(schema_editor, {"postgresql": POSTGRESQL, "sqlite": SQLITE})


def unguard(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    _run(schema_editor, {"postgresql": UNDO_POSTGRESQL, "sqlite": UNDO_SQLITE})


def _run(schema_editor: BaseDatabaseSchemaEditor, sql_by_vendor: dict[str, list[str]]) -> None:
    for statement in sql_by_vendor.get(schema_editor.connection.vendor, []):
        schema_editor.execute(statement, params=None)


class Migration(migrations.Migration):
    dependencies = [("tokens", "0020_grants_by_two_people")]
    operations = [migrations.RunPython(guard, unguard)]
